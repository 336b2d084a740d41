import type { OwnFeature } from './feature.ts';
import { countScale } from './scales.ts';

const LOG_MAX = Math.log1p(300);

/** Pieces that the buyer takes at a time. */
export const ownPieces: OwnFeature = {
  scope: 'own',
  name: 'own-pieces',
  words: 'bought many at a time by the buyer',
  prior: 0,
  fill({ market, candidates: { own, ownSlots, ownCount } }, out) {
    const { purchases, pieces } = market.interactions;
    for (let i = 0; i < ownCount; i++) {
      const slot = ownSlots[i]!;
      const row = own[slot]!;
      out[slot] = countScale(Math.round(pieces.data[row]! / Math.max(1, purchases.data[row]!)), LOG_MAX);
    }
  },
};
