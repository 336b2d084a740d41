import type { OwnFeature } from './feature.ts';

/** Whether the buyer has put it into the cart. */
export const ownCart: OwnFeature = {
  scope: 'own',
  name: 'own-cart',
  words: 'put into the cart by the buyer',
  prior: 1,
  fill({ market, candidates: { own, ownSlots, ownCount } }, out) {
    const carts = market.interactions.carts.data;
    for (let i = 0; i < ownCount; i++) {
      const slot = ownSlots[i]!;
      const row = own[slot]!;
      out[slot] = carts[row]! > 0 ? 1 : 0;
    }
  },
};
