import type { CandidateFeature } from './feature.ts';
import { COUNTERS, PURCHASES } from './listing-counters.ts';
import { countScale } from './scales.ts';

const LOG_MAX = Math.log1p(200);
/** So that the first purchases of a new marketplace are not large shares. */
const SMOOTHING = 1000;

/** A listing's share of all purchases, per 10,000, on a logarithmic scale. */
export const popularity: CandidateFeature = {
  scope: 'candidate',
  name: 'popularity',
  words: 'bought by many',
  prior: 1,
  fill({ signals: { statistics }, candidates: { listing, size } }, out) {
    const cells = statistics.counters.data;
    const perPurchase = 10_000 / (statistics.totalPurchases + SMOOTHING);
    for (let i = 0; i < size; i++) {
      out[i] = countScale(Math.round(cells[listing[i]! * COUNTERS + PURCHASES]! * perPurchase), LOG_MAX);
    }
    return statistics.totalPurchases > 0;
  },
};
