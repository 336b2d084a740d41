import type { ListingFeature } from './feature.ts';
import { COUNTERS, VIEWED_7 } from './listing-counters.ts';
import { countScale } from './scales.ts';

const LOG_MAX = Math.log1p(2000);

/** Page views within the last 7 days. */
export const views7Days: ListingFeature = {
  scope: 'listing',
  name: 'views-7-days',
  words: 'looked at often this week',
  prior: 0.5,
  fill({ behind, listing, size }, out) {
    for (let i = 0; i < size; i++) out[i] = countScale(behind[listing[i]! * COUNTERS + VIEWED_7]!, LOG_MAX);
  },
};
