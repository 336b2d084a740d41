import { type Feature, listingFeature } from './feature.ts';

const PRIOR_COUNT = 5;
const PRIOR_RATING = 4;

/** The mean rating of its reviews, smoothed towards 4 of 5. */
export const rating: Feature = listingFeature('rating', 'rated well', 1, (listing, { market: { reviews } }) => {
  const count = reviews.count.data[listing] ?? 0;
  const sum = reviews.ratingSum.data[listing] ?? 0;
  return ((sum + PRIOR_COUNT * PRIOR_RATING) / (count + PRIOR_COUNT) - 1) / 4;
});
