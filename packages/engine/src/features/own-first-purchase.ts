import type { OwnFeature } from './feature.ts';
import { ageScale } from './scales.ts';

/** How long ago the buyer bought it first; 0 where it was never bought. */
export const ownFirstPurchase: OwnFeature = {
  scope: 'own',
  name: 'own-first-purchase',
  words: 'known to the buyer for long',
  prior: 0,
  fill({ market, moment, candidates: { own, ownSlots, ownCount } }, out) {
    const { purchases, firstPurchaseAt } = market.interactions;
    for (let i = 0; i < ownCount; i++) {
      const slot = ownSlots[i]!;
      const row = own[slot]!;
      out[slot] = purchases.data[row] === 0 ? 0 : ageScale(moment.featureAt - firstPurchaseAt.data[row]!);
    }
  },
};
