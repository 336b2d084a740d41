import type { EvidenceFeature } from './feature.ts';
import { spreadRoots } from './spread-sums.ts';

/** What brings the usual sums to the range. */
const SCALE = 4;

/** Among the nearest neighbours of what the buyer deals with, in the trained embedding. */
export const nearHistory: EvidenceFeature = {
  scope: 'evidence',
  name: 'near-history',
  words: "like the buyer's listings",
  prior: 1,
  fill({ evidence: { neighbours }, candidates }, out, rows) {
    return spreadRoots(neighbours, SCALE, candidates, out, rows);
  },
};
