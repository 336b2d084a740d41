import type { ListingFeature } from './feature.ts';
import { COUNTERS, RATING_HUNDREDTHS, REVIEWS } from './listing-counters.ts';

const PRIOR_COUNT = 5;
const PRIOR_RATING = 4;

/** In stars: the mean of so many reviews, smoothed towards 4. */
export const meanRating = (hundredths: number, reviews: number): number =>
  (hundredths / 100 + PRIOR_COUNT * PRIOR_RATING) / (reviews + PRIOR_COUNT);

/** The mean rating of its reviews, smoothed towards 4 of 5. */
export const rating: ListingFeature = {
  scope: 'listing',
  name: 'rating',
  words: 'rated well',
  prior: 1,
  fill({ behind, listing, size }, out) {
    for (let i = 0; i < size; i++) {
      const row = listing[i]! * COUNTERS;
      out[i] = (meanRating(behind[row + RATING_HUNDREDTHS]!, behind[row + REVIEWS]!) - 1) / 4;
    }
  },
};
