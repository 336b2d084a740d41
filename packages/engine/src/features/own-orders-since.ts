import { type Feature, ownFeature } from './feature.ts';
import { countScale } from './scales.ts';

const LOG_MAX = Math.log1p(30);

/** How many orders ago the buyer bought it; 1 where it was never bought. */
export const ownOrdersSince: Feature = ownFeature('own-orders-since', 'bought many orders ago', -1, (row, { market, moment }) =>
  market.interactions.purchases.data[row] === 0 ? 1 : countScale(market.buyers.orders.data[moment.buyer]! - market.interactions.lastOrder.data[row]!, LOG_MAX),
);
