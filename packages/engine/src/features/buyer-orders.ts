import type { BuyerFeature } from './feature.ts';
import { countScale } from './scales.ts';

const LOG_MAX = Math.log1p(60);

/** How many orders the buyer has made. */
export const buyerOrders: BuyerFeature = {
  scope: 'buyer',
  name: 'buyer-orders',
  words: 'a buyer of many orders',
  prior: 0,
  value({ market: { buyers }, moment }) {
    const { buyer } = moment;
    return buyer < 0 ? 0 : countScale(buyers.orders.data[buyer]!, LOG_MAX);
  },
};
