import { type Feature, listingFeature } from './feature.ts';
import { clamp } from './scales.ts';

/** The share of its buyers who came back for it, smoothed towards 20 %. */
export const repeatRate: Feature = listingFeature('repeat-rate', 'bought again by many', 0.5, (listing, { signals: { statistics } }) =>
  clamp((1.5 * ((statistics.repeatBuyers.data[listing] ?? 0) + 1)) / ((statistics.buyers.data[listing] ?? 0) + 5)),
);
