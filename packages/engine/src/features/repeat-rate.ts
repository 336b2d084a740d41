import type { CandidateFeature } from './feature.ts';
import { clamp } from './scales.ts';

const PRIOR_REPEATS = 1;
const PRIOR_BUYERS = 5;
const RATE_MAX = 2 / 3;

/** The share of its buyers who came back for it, smoothed towards 20 %. */
export const repeatRate: CandidateFeature = {
  scope: 'candidate',
  name: 'repeat-rate',
  words: 'bought again by many',
  prior: 0.5,
  fill({ signals: { statistics }, candidates: { listing, size } }, out) {
    const buyers = statistics.buyers.data;
    const repeats = statistics.repeatBuyers.data;
    const known = statistics.buyers.length;
    for (let i = 0; i < size; i++) {
      const row = listing[i]!;
      const rate =
        row < known ? (repeats[row]! + PRIOR_REPEATS) / (buyers[row]! + PRIOR_BUYERS) : PRIOR_REPEATS / PRIOR_BUYERS;
      out[i] = clamp(rate / RATE_MAX);
    }
    return true;
  },
};
