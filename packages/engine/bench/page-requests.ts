/**
 * What pages ask for, drawn from a seed: home pages 60 %, listing pages 20 %, category pages 10 %, searches 10 %, of buyers at random;
 * listings, and the words of searches, by popularity.
 */
import type { DecideRequest } from '@rialto/sdk';
import type { Rng } from '../src/base/rng.ts';
import { CATEGORIES } from '../src/simulator/categories.ts';
import { buyerId, listingId, type Marketplace } from './marketplace.ts';

export function drawRequest(marketplace: Marketplace, rng: Rng): DecideRequest {
  const buyer = buyerId(rng.below(marketplace.size.buyers));
  const kind = rng.unit();
  if (kind < 0.6) return { buyer, placements: ['home'] };
  if (kind < 0.8) return { buyer, placements: ['listing'], context: { listing: listingId(marketplace.drawRow(rng)) } };
  if (kind < 0.9)
    return {
      buyer,
      placements: ['category'],
      context: { category: CATEGORIES[rng.below(CATEGORIES.length)].path },
    };
  return { buyer, placements: ['search'], context: drawSearch(marketplace, rng) };
}

/** One to three words of a title, in its language. */
function drawSearch(marketplace: Marketplace, rng: Rng): { query: string; language: string } {
  const { title, language = 'en' } = marketplace.listing(marketplace.drawRow(rng));
  const words = title.split(/[\s,]+/).filter((word) => word.length > 2);
  const start = rng.below(Math.max(1, words.length - 1));
  return { query: words.slice(start, start + 1 + rng.below(3)).join(' '), language };
}
