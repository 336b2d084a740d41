import { buyerFeature } from './feature.ts';
import { clamp } from './scales.ts';

/** The share of the buyer's lines that were bought before by the same buyer. */
export const buyerRepeats = buyerFeature('buyer-repeats', 'a buyer who buys the same again', ({ market: { buyers }, moment: { buyer } }) =>
  buyer < 0 ? 0 : clamp((1.3 * (buyers.repeatLines.data[buyer]! + 2)) / (buyers.lines.data[buyer]! + 10)),
);
