import { type Feature, listingFeature } from './feature.ts';
import { ageScale } from './scales.ts';

/** How long ago it was bought last, by anybody. */
export const lastSold: Feature = listingFeature('last-sold', 'not bought for long', -0.5, (listing, { signals, moment }) =>
  ageScale(moment.featureAt - (signals.statistics.lastSoldAt.data[listing] ?? 0)),
);
