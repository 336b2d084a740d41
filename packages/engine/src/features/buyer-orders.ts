import { buyerFeature } from './feature.ts';
import { countScale } from './scales.ts';

const LOG_MAX = Math.log1p(60);

/** How many orders the buyer has made. */
export const buyerOrders = buyerFeature('buyer-orders', 'a buyer of many orders', ({ market: { buyers }, moment: { buyer } }) => (buyer < 0 ? 0 : countScale(buyers.orders.data[buyer]!, LOG_MAX)));
