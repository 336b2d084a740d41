import type { OwnFeature } from './feature.ts';
import { countScale } from './scales.ts';

const LOG_MAX = Math.log1p(30);

/** How many orders ago the buyer bought it; 0 where it was never bought, as for a listing that the buyer never met. */
export const ownOrdersSince: OwnFeature = {
  scope: 'own',
  name: 'own-orders-since',
  words: 'bought many orders ago',
  prior: -1,
  fill({ market, moment, candidates: { own, ownSlots, ownCount } }, out) {
    const { purchases, lastOrder } = market.interactions;
    const orders = market.buyers.orders.data[moment.buyer]!;
    for (let i = 0; i < ownCount; i++) {
      const slot = ownSlots[i]!;
      const row = own[slot]!;
      out[slot] = purchases.data[row] === 0 ? 0 : countScale(orders - lastOrder.data[row]!, LOG_MAX);
    }
  },
};
