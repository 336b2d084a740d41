import type { CandidateFeature } from './feature.ts';
import { ageScale } from './scales.ts';

/** How long ago it was bought last, by anybody; 1 where it never was. */
export const lastSold: CandidateFeature = {
  scope: 'candidate',
  name: 'last-sold',
  words: 'not bought for long',
  prior: -0.5,
  fill({ signals: { statistics }, moment: { featureAt }, candidates: { listing, size } }, out) {
    const soldAt = statistics.lastSoldAt.data;
    const known = statistics.lastSoldAt.length;
    for (let i = 0; i < size; i++) out[i] = listing[i]! < known ? ageScale(featureAt - soldAt[listing[i]!]!) : 1;
    return true;
  },
};
