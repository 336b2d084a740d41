import type { ListingFeature } from './feature.ts';
import { BOUGHT_7, COUNTERS } from './listing-counters.ts';
import { countScale } from './scales.ts';

const LOG_MAX = Math.log1p(200);

/** Purchases within the last 7 days. */
export const popularity7Days: ListingFeature = {
  scope: 'listing',
  name: 'popularity-7-days',
  words: 'bought often this week',
  prior: 1.5,
  fill({ behind, listing, size }, out) {
    for (let i = 0; i < size; i++) out[i] = countScale(behind[listing[i]! * COUNTERS + BOUGHT_7]!, LOG_MAX);
  },
};
