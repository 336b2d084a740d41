import type { CandidateFeature } from './feature.ts';
import { clamp } from './scales.ts';

/** How well title and tags match the query. */
export const queryMatch: CandidateFeature = {
  scope: 'candidate',
  name: 'query-match',
  words: 'matches the query',
  prior: 8,
  fill({ evidence: { search }, candidates: { listing, size } }, out) {
    if (search.size === 0) return false;
    for (let i = 0; i < size; i++) out[i] = clamp(search.get(listing[i]!));
    return true;
  },
};
