import type { OwnFeature } from './feature.ts';
import { clamp } from './scales.ts';

/** In which share of the buyer's orders it was. */
export const ownPurchaseRate: OwnFeature = {
  scope: 'own',
  name: 'own-purchase-rate',
  words: "in many of the buyer's orders",
  prior: 2,
  fill({ market, moment, candidates: { own, ownSlots, ownCount } }, out) {
    const purchases = market.interactions.purchases.data;
    const orders = market.buyers.orders.data[moment.buyer]! + 1;
    for (let i = 0; i < ownCount; i++) {
      const slot = ownSlots[i]!;
      const row = own[slot]!;
      out[slot] = clamp(purchases[row]! / orders);
    }
  },
};
