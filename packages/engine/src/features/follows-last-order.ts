import type { CandidateFeature } from './feature.ts';
import { clamp } from './scales.ts';

/** What brings the usual sums to the range. */
const SCALE = 8;

/** In orders that follow one like the buyer's last. */
export const followsLastOrder: CandidateFeature = {
  scope: 'candidate',
  name: 'follows-last-order',
  words: "often in the order after one like the buyer's last",
  prior: 2,
  fill({ evidence: { next }, candidates: { listing, size } }, out) {
    if (next.size === 0) return false;
    for (let i = 0; i < size; i++) out[i] = Math.sqrt(clamp(SCALE * next.get(listing[i]!)));
    return true;
  },
};
