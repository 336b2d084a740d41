import type { ListingFeature } from './feature.ts';
import { BUYERS, COUNTERS, REPEAT_BUYERS } from './listing-counters.ts';
import { clamp } from './scales.ts';

const PRIOR_REPEATS = 1;
const PRIOR_BUYERS = 5;
const RATE_MAX = 2 / 3;

/** The share of its buyers who came back for it, smoothed towards 20 %. */
export const repeatRate: ListingFeature = {
  scope: 'listing',
  name: 'repeat-rate',
  words: 'bought again by many',
  prior: 0.5,
  fill({ behind, listing, size }, out) {
    for (let i = 0; i < size; i++) {
      const row = listing[i]! * COUNTERS;
      const rate = (behind[row + REPEAT_BUYERS]! + PRIOR_REPEATS) / (behind[row + BUYERS]! + PRIOR_BUYERS);
      out[i] = clamp(rate / RATE_MAX);
    }
  },
};
