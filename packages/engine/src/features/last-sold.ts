import type { CandidateFeature } from './feature.ts';
import { COUNTERS, LAST_SOLD_HOUR } from './listing-counters.ts';
import { HOUR_MS, hoursScale } from './scales.ts';

/** How long ago it was bought last, by anybody; 1 where it never was. */
export const lastSold: CandidateFeature = {
  scope: 'candidate',
  name: 'last-sold',
  words: 'not bought for long',
  prior: -0.5,
  fill({ signals: { statistics }, moment: { featureAt }, candidates: { listing, size } }, out) {
    const cells = statistics.counters.data;
    const hour = Math.floor(featureAt / HOUR_MS);
    for (let i = 0; i < size; i++) out[i] = hoursScale(hour - cells[listing[i]! * COUNTERS + LAST_SOLD_HOUR]!);
    return true;
  },
};
