import type { CandidateFeature } from './feature.ts';
import { clamp } from './scales.ts';

/** What brings the usual sums to the range. */
const SCALE = 6;

/** Bought together with what the buyer has bought. */
export const goesWithHistory: CandidateFeature = {
  scope: 'candidate',
  name: 'goes-with-history',
  words: 'goes with what the buyer has bought',
  prior: 3,
  fill({ evidence: { together }, candidates: { listing, size } }, out) {
    if (together.size === 0) return false;
    for (let i = 0; i < size; i++) out[i] = Math.sqrt(clamp(SCALE * together.get(listing[i]!)));
    return true;
  },
};
