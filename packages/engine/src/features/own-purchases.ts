import type { OwnFeature } from './feature.ts';
import { countScale } from './scales.ts';

const LOG_MAX = Math.log1p(30);

/** How many times the buyer bought it. */
export const ownPurchases: OwnFeature = {
  scope: 'own',
  name: 'own-purchases',
  words: 'bought by the buyer before',
  prior: 2,
  fill({ market, candidates: { own, ownSlots, ownCount } }, out) {
    const purchases = market.interactions.purchases.data;
    for (let i = 0; i < ownCount; i++) {
      const slot = ownSlots[i]!;
      const row = own[slot]!;
      out[slot] = countScale(purchases[row]!, LOG_MAX);
    }
  },
};
