/** Reviews of a generated marketplace: better listings have more and better ones. */
import type { Review } from '@rialto/sdk';
import type { Rng } from '../base/rng.ts';
import { pick } from './listing-title.ts';
import { REVIEW_PHRASES } from './vocabulary.ts';
import type { WorldListing } from './world-listings.ts';

const RATING_MEAN = 4.2;

export interface ReviewsInput {
  readonly listings: readonly WorldListing[];
  /** Of the listings, how many have reviews. */
  readonly share: number;
}

export function generateReviews({ listings, share }: ReviewsInput, rng: Rng): Review[] {
  return listings.flatMap(({ entity, quality, language }) => {
    if (rng.unit() >= share) return [];
    const count = 1 + Math.floor(2 * Math.exp(0.6 * quality) * rng.exponential());
    return Array.from({ length: count }, (_, i) => {
      const rating = Math.min(5, Math.max(1, Math.round(RATING_MEAN + 0.5 * quality + 0.8 * rng.normal())));
      const mood = rating <= 2 ? 0 : rating === 3 ? 1 : 2;
      return {
        id: `review-${entity.id}-${i}`,
        listing: entity.id,
        rating,
        text: pick(REVIEW_PHRASES[language][mood], rng),
        language,
      };
    });
  });
}
