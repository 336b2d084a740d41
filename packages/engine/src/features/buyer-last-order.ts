import type { BuyerFeature } from './feature.ts';
import { ageScale } from './scales.ts';

/** How long ago the buyer ordered last; 1 without an order. */
export const buyerLastOrder: BuyerFeature = {
  scope: 'buyer',
  name: 'buyer-last-order',
  words: 'a buyer who has not ordered for long',
  prior: 0,
  value({ market: { buyers }, moment }) {
    const { buyer } = moment;
    return buyer < 0 || buyers.orders.data[buyer] === 0
      ? 1
      : ageScale(moment.featureAt - buyers.lastOrderAt.data[buyer]!);
  },
};
