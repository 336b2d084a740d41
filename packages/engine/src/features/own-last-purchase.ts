import type { OwnFeature } from './feature.ts';
import { ageScale } from './scales.ts';

/** How long ago the buyer bought it last; 0 where it was never bought, as for a listing that the buyer never met. */
export const ownLastPurchase: OwnFeature = {
  scope: 'own',
  name: 'own-last-purchase',
  words: 'bought long ago by the buyer',
  prior: 0,
  fill({ market, moment, candidates: { own, ownSlots, ownCount } }, out) {
    const { purchases, lastPurchaseAt } = market.interactions;
    for (let i = 0; i < ownCount; i++) {
      const slot = ownSlots[i]!;
      const row = own[slot]!;
      out[slot] = purchases.data[row] === 0 ? 0 : ageScale(moment.featureAt - lastPurchaseAt.data[row]!);
    }
  },
};
