import type { BuyerFeature } from './feature.ts';
import { clamp } from './scales.ts';

/** The share of the buyer's lines that were bought before by the same buyer, smoothed towards 20 %. */
export const buyerRepeats: BuyerFeature = {
  scope: 'buyer',
  name: 'buyer-repeats',
  words: 'a buyer who buys the same again',
  prior: 0,
  value({ market: { buyers }, moment }) {
    const { buyer } = moment;
    return buyer < 0 ? 0 : clamp((1.3 * (buyers.repeatLines.data[buyer]! + 2)) / (buyers.lines.data[buyer]! + 10));
  },
};
