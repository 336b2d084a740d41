import type { CandidateFeature } from './feature.ts';

const PRIOR_COUNT = 5;
const PRIOR_RATING = 4;

/** The mean rating of its reviews, smoothed towards 4 of 5. */
export const rating: CandidateFeature = {
  scope: 'candidate',
  name: 'rating',
  words: 'rated well',
  prior: 1,
  fill({ market: { reviews }, candidates: { listing, size } }, out) {
    const counts = reviews.count.data;
    const hundredths = reviews.ratingHundredths.data;
    const known = reviews.count.length;
    for (let i = 0; i < size; i++) {
      const row = listing[i]!;
      const mean =
        row < known
          ? (hundredths[row]! / 100 + PRIOR_COUNT * PRIOR_RATING) / (counts[row]! + PRIOR_COUNT)
          : PRIOR_RATING;
      out[i] = (mean - 1) / 4;
    }
    return true;
  },
};
