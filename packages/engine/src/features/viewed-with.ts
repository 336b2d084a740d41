import type { CandidateFeature } from './feature.ts';
import { clamp } from './scales.ts';

/** What brings the usual sums to the range. */
const SCALE = 6;

/** Viewed in the same visits as the page's listing, or as what the buyer viewed last. */
export const viewedWith: CandidateFeature = {
  scope: 'candidate',
  name: 'viewed-with',
  words: 'viewed together with what the buyer looks at',
  prior: 2,
  fill({ evidence: { viewedTogether }, candidates: { listing, size } }, out) {
    if (viewedTogether.size === 0) return false;
    for (let i = 0; i < size; i++) out[i] = Math.sqrt(clamp(SCALE * viewedTogether.get(listing[i]!)));
    return true;
  },
};
