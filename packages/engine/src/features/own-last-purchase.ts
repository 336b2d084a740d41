import type { OwnFeature } from './feature.ts';
import { ageScale } from './scales.ts';

/** How long ago the buyer bought it last; 1 where it was never bought. */
export const ownLastPurchase: OwnFeature = {
  scope: 'own',
  name: 'own-last-purchase',
  words: 'bought long ago by the buyer',
  prior: 0,
  fill({ market, moment, candidates: { own, ownSlots, ownCount } }, out) {
    const boughtAt = market.interactions.lastPurchaseAt.data;
    for (let i = 0; i < ownCount; i++) {
      const slot = ownSlots[i]!;
      const row = own[slot]!;
      out[slot] = ageScale(moment.featureAt - boughtAt[row]!);
    }
  },
};
