import type { CandidateFeature } from './feature.ts';
import { countScale } from './scales.ts';

const LOG_MAX = Math.log1p(200);

/** Purchases within the last 7 days. */
export const popularity7Days: CandidateFeature = {
  scope: 'candidate',
  name: 'popularity-7-days',
  words: 'bought often this week',
  prior: 1.5,
  fill({ signals: { statistics }, candidates: { listing, size } }, out) {
    const bought = statistics.bought7;
    for (let i = 0; i < size; i++) out[i] = countScale(bought.count(listing[i]!), LOG_MAX);
    return true;
  },
};
