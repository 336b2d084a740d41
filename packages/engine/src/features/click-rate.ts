import type { CandidateFeature } from './feature.ts';
import { clamp } from './scales.ts';

const PRIOR_CLICKS = 2;
const PRIOR_IMPRESSIONS = 100;
const RATE_MAX = 0.2;

/** Clicks per impression, smoothed towards 2 %. */
export const clickRate: CandidateFeature = {
  scope: 'candidate',
  name: 'click-rate',
  words: 'clicked often where it is shown',
  prior: 1,
  fill({ signals: { statistics }, candidates: { listing, size } }, out) {
    const clicks = statistics.clicks.data;
    const impressions = statistics.impressions.data;
    const known = statistics.clicks.length;
    for (let i = 0; i < size; i++) {
      const row = listing[i]!;
      const rate =
        row < known
          ? (clicks[row]! + PRIOR_CLICKS) / (impressions[row]! + PRIOR_IMPRESSIONS)
          : PRIOR_CLICKS / PRIOR_IMPRESSIONS;
      out[i] = clamp(rate / RATE_MAX);
    }
    return true;
  },
};
