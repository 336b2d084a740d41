import type { EvidenceFeature } from './feature.ts';
import { spreadRoots } from './spread-sums.ts';

/** What brings the usual sums to the range. */
const SCALE = 6;

/** Viewed in the same visits as the page's listing, or as what the buyer viewed last. */
export const viewedWith: EvidenceFeature = {
  scope: 'evidence',
  name: 'viewed-with',
  words: 'viewed together with what the buyer looks at',
  prior: 2,
  fill({ evidence: { viewedTogether }, candidates }, out, rows) {
    return spreadRoots(viewedTogether, SCALE, candidates, out, rows);
  },
};
