import type { EvidenceFeature } from './feature.ts';
import { spreadRoots } from './spread-sums.ts';

/** What brings the usual sums to the range. */
const SCALE = 8;

/** In orders that follow one like the buyer's last. */
export const followsLastOrder: EvidenceFeature = {
  scope: 'evidence',
  name: 'follows-last-order',
  words: "often in the order after one like the buyer's last",
  prior: 2,
  fill({ evidence: { next }, candidates }, out, rows) {
    return spreadRoots(next, SCALE, candidates, out, rows);
  },
};
