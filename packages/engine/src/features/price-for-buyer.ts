import type { CandidateFeature } from './feature.ts';
import { frontAt, LOG_PRICE, LOG_PRICE_STEPS } from './listing-counters.ts';
import { clamp, logPriceOf } from './scales.ts';

const WIDTH = 6;

/** The price against what the buyer has paid a piece so far: 0.5 = the same, or a buyer without a past. */
export const priceForBuyer: CandidateFeature = {
  scope: 'candidate',
  name: 'price-for-buyer',
  words: 'dearer than what the buyer pays',
  prior: 0,
  fill({ market: { buyers }, signals: { statistics }, moment: { buyer }, candidates: { listing, size } }, out) {
    const pieces = buyer < 0 ? 0 : buyers.pieces.data[buyer]!;
    if (pieces === 0) {
      out.fill(0.5, 0, size);
      return true;
    }
    const logPaid = logPriceOf(buyers.spentMicros.data[buyer]! / pieces);
    const { front } = statistics.counters;
    for (let i = 0; i < size; i++)
      out[i] = clamp(0.5 + (front[frontAt(listing[i]!, LOG_PRICE)]! / LOG_PRICE_STEPS - logPaid) / WIDTH);
    return true;
  },
};
