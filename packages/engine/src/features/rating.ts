import type { ListingFeature } from './feature.ts';
import { COUNTERS, RATING_HUNDREDTHS, REVIEWS } from './listing-counters.ts';

const PRIOR_COUNT = 5;
const PRIOR_RATING = 4;

/** The mean rating of its reviews, smoothed towards 4 of 5. */
export const rating: ListingFeature = {
  scope: 'listing',
  name: 'rating',
  words: 'rated well',
  prior: 1,
  fill({ behind, listing, size }, out) {
    for (let i = 0; i < size; i++) {
      const row = listing[i]! * COUNTERS;
      const mean =
        (behind[row + RATING_HUNDREDTHS]! / 100 + PRIOR_COUNT * PRIOR_RATING) / (behind[row + REVIEWS]! + PRIOR_COUNT);
      out[i] = (mean - 1) / 4;
    }
  },
};
