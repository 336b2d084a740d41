import type { CandidateFeature } from './feature.ts';
import { clamp, logCount } from './scales.ts';

/** Natural logs from 0 to 1. */
const WIDTH = 4;

/** This week's purchases against the average week of the last four: 0.5 = steady. */
export const trend: CandidateFeature = {
  scope: 'candidate',
  name: 'trend',
  words: 'bought more this week than before',
  prior: 0.3,
  fill({ signals: { statistics }, candidates: { listing, size } }, out) {
    const { bought7, bought28 } = statistics;
    for (let i = 0; i < size; i++) {
      // ln((4 · week + 4) / (weeks + 4)), by the table of ln(1 + n).
      out[i] = clamp(
        0.5 + (logCount(4 * bought7.count(listing[i]!) + 3) - logCount(bought28.count(listing[i]!) + 3)) / WIDTH,
      );
    }
    return true;
  },
};
