import { PRICE_FLOOR_MICROS } from '../market/listings.ts';
import type { CandidateFeature } from './feature.ts';
import { clamp } from './scales.ts';

const WIDTH = 6;

/** The price against what the buyer has paid a piece so far: 0.5 = the same, or a buyer without a past. */
export const priceForBuyer: CandidateFeature = {
  scope: 'candidate',
  name: 'price-for-buyer',
  words: 'dearer than what the buyer pays',
  prior: 0,
  fill({ market: { buyers, listings }, moment: { buyer }, candidates: { listing, size } }, out) {
    const pieces = buyer < 0 ? 0 : buyers.pieces.data[buyer]!;
    if (pieces === 0) {
      out.fill(0.5, 0, size);
      return true;
    }
    const logPaid = Math.log(Math.max(PRICE_FLOOR_MICROS, buyers.spentMicros.data[buyer]! / pieces) / 1_000_000);
    const logPrice = listings.logPrice.data;
    for (let i = 0; i < size; i++) out[i] = clamp(0.5 + (logPrice[listing[i]!]! - logPaid) / WIDTH);
    return true;
  },
};
