import type { EvidenceFeature } from './feature.ts';
import { spreadShares } from './spread-sums.ts';

/** How well title and tags match the query. */
export const queryMatch: EvidenceFeature = {
  scope: 'evidence',
  name: 'query-match',
  words: 'matches the query',
  prior: 8,
  fill({ evidence: { search }, candidates }, out, rows) {
    return spreadShares(search, candidates, out, rows);
  },
};
