import { buyerFeature } from './feature.ts';
import { ageScale } from './scales.ts';

/** How long ago the buyer ordered last; 1 without an order. */
export const buyerLastOrder = buyerFeature('buyer-last-order', 'a buyer who has not ordered for long', ({ market: { buyers }, moment }) =>
  moment.buyer < 0 || buyers.orders.data[moment.buyer] === 0 ? 1 : ageScale(moment.featureAt - buyers.lastOrderAt.data[moment.buyer]!),
);
