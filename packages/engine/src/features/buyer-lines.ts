import type { BuyerFeature } from './feature.ts';
import { countScale } from './scales.ts';

const LOG_MAX = Math.log1p(1000);

/** How many lines the buyer has bought. */
export const buyerLines: BuyerFeature = {
  scope: 'buyer',
  name: 'buyer-lines',
  words: 'a buyer of many things',
  prior: 0,
  value({ market: { buyers }, moment }) {
    const { buyer } = moment;
    return buyer < 0 ? 0 : countScale(buyers.lines.data[buyer]!, LOG_MAX);
  },
};
