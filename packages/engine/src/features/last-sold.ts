import type { ListingFeature } from './feature.ts';
import { COUNTERS, LAST_SOLD_HOUR } from './listing-counters.ts';
import { hoursScale } from './scales.ts';

/** How long ago it was bought last, by anybody; 1 where it never was. */
export const lastSold: ListingFeature = {
  scope: 'listing',
  name: 'last-sold',
  words: 'not bought for long',
  prior: -0.5,
  fill({ behind, hour, listing, size }, out) {
    for (let i = 0; i < size; i++) out[i] = hoursScale(hour - behind[listing[i]! * COUNTERS + LAST_SOLD_HOUR]!);
  },
};
