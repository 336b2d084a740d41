import type { EvidenceFeature } from './feature.ts';
import { spreadRoots } from './spread-sums.ts';

/** What brings the usual sums to the range. */
const SCALE = 6;

/** Bought together with the page's listing, the cart, or else the buyer's last order. */
export const goesWithNow: EvidenceFeature = {
  scope: 'evidence',
  name: 'goes-with-now',
  words: 'goes with the page, the cart or the last order',
  prior: 3,
  fill({ evidence: { togetherNow }, candidates }, out, rows) {
    return spreadRoots(togetherNow, SCALE, candidates, out, rows);
  },
};
