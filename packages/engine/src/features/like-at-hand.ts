import type { EvidenceFeature } from './feature.ts';
import { spreadShares } from './spread-sums.ts';

/** How like it is, by words, category and shop, to the page's listing, the cart or what the buyer turned to last: known of a listing that nobody has seen. */
export const likeAtHand: EvidenceFeature = {
  scope: 'evidence',
  name: 'like-at-hand',
  words: 'like what is at hand, by its words, category and shop',
  prior: 6,
  fill({ evidence: { alike }, candidates }, out, rows) {
    return spreadShares(alike, candidates, out, rows);
  },
};
