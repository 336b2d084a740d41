import type { CandidateFeature } from './feature.ts';
import { clamp } from './scales.ts';

/** What brings the usual sums to the range. */
const SCALE = 4;

/** Among the nearest neighbours of what the buyer deals with, in the trained embedding. */
export const nearHistory: CandidateFeature = {
  scope: 'candidate',
  name: 'near-history',
  words: "like the buyer's listings",
  prior: 1,
  fill({ evidence: { neighbours }, candidates: { listing, size } }, out) {
    if (neighbours.size === 0) return false;
    for (let i = 0; i < size; i++) out[i] = Math.sqrt(clamp(SCALE * neighbours.get(listing[i]!)));
    return true;
  },
};
