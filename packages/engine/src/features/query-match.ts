import type { EvidenceFeature } from './feature.ts';
import { clamp } from './scales.ts';
import { spreadSums } from './spread-sums.ts';

/** How well title and tags match the query. */
export const queryMatch: EvidenceFeature = {
  scope: 'evidence',
  name: 'query-match',
  words: 'matches the query',
  prior: 8,
  fill({ evidence: { search }, candidates }, out, rows) {
    const count = spreadSums(search, candidates, out, rows);
    for (let i = 0; i < count; i++) out[rows[i]!] = clamp(out[rows[i]!]!);
    return count;
  },
};
