import type { CandidateFeature } from './feature.ts';
import { clamp } from './scales.ts';

/** What brings the usual sums to the range. */
const SCALE = 6;

/** Bought together with the page's listing, the cart, or else the buyer's last order. */
export const goesWithNow: CandidateFeature = {
  scope: 'candidate',
  name: 'goes-with-now',
  words: 'goes with the page, the cart or the last order',
  prior: 3,
  fill({ evidence: { togetherNow }, candidates: { listing, size } }, out) {
    if (togetherNow.size === 0) return false;
    for (let i = 0; i < size; i++) out[i] = Math.sqrt(clamp(SCALE * togetherNow.get(listing[i]!)));
    return true;
  },
};
