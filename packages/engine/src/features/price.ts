import type { CandidateFeature } from './feature.ts';
import { clamp } from './scales.ts';

const LOG_FLOOR = Math.log(0.05);
const WIDTH = 9.2;

/** The price on a logarithmic scale: 0 at 0.05 and 1 at about 500 units of the currency. */
export const price: CandidateFeature = {
  scope: 'candidate',
  name: 'price',
  words: 'expensive',
  prior: 0,
  fill({ market: { listings }, candidates: { listing, size } }, out) {
    const logPrice = listings.logPrice.data;
    for (let i = 0; i < size; i++) out[i] = clamp((logPrice[listing[i]!]! - LOG_FLOOR) / WIDTH);
    return true;
  },
};
