import type { ListingFeature } from './feature.ts';
import { BOUGHT_28, frontAt } from './listing-counters.ts';
import { countScale } from './scales.ts';

const LOG_MAX = Math.log1p(500);

/** Purchases within the last 28 days. */
export const popularity28Days: ListingFeature = {
  scope: 'listing',
  name: 'popularity-28-days',
  words: 'bought often in the last four weeks',
  prior: 1.5,
  fill({ front, listing, size }, out) {
    for (let i = 0; i < size; i++) out[i] = countScale(front[frontAt(listing[i]!, BOUGHT_28)]!, LOG_MAX);
  },
};
