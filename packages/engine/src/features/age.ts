import { type Feature, listingFeature } from './feature.ts';
import { ageScale } from './scales.ts';

/** How long ago it was bought first; 0 where it never was. */
export const age: Feature = listingFeature('age', 'on sale for long', 0, (listing, { signals, moment }) => {
  const first = signals.statistics.firstSoldAt.data[listing] ?? 0;
  return first === 0 ? 0 : ageScale(moment.featureAt - first);
});
