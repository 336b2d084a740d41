import type { EvidenceFeature } from './feature.ts';
import { spreadRoots } from './spread-sums.ts';

/** What brings the usual sums to the range. */
const SCALE = 6;

/** Bought together with what the buyer has bought. */
export const goesWithHistory: EvidenceFeature = {
  scope: 'evidence',
  name: 'goes-with-history',
  words: 'goes with what the buyer has bought',
  prior: 3,
  fill({ evidence: { together }, candidates }, out, rows) {
    return spreadRoots(together, SCALE, candidates, out, rows);
  },
};
