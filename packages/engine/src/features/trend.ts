import type { ListingFeature } from './feature.ts';
import { BOUGHT_7, BOUGHT_28, COUNTERS, frontAt } from './listing-counters.ts';
import { clamp, logCount } from './scales.ts';

/** Natural logs from 0 to 1. */
const WIDTH = 4;

/** This week's purchases against the average week of the last four: 0.5 = steady. */
export const trend: ListingFeature = {
  scope: 'listing',
  name: 'trend',
  words: 'bought more this week than before',
  prior: 0.3,
  fill({ behind, front, listing, size }, out) {
    for (let i = 0; i < size; i++) {
      const row = listing[i]! * COUNTERS;
      // ln((4 · week + 4) / (weeks + 4)), by the table of ln(1 + n).
      out[i] = clamp(
        0.5 +
          (logCount(4 * behind[row + BOUGHT_7]! + 3) - logCount(front[frontAt(listing[i]!, BOUGHT_28)]! + 3)) / WIDTH,
      );
    }
  },
};
