import { MILLIS_PER_DAY } from '../base/units.ts';
import type { OwnFeature } from './feature.ts';
import { ratioScale } from './scales.ts';

/** The gap that is assumed between a first and a second purchase. */
const FIRST_GAP_MS = 60 * MILLIS_PER_DAY;
const WIDTH = 6;

/** Time since the buyer's last purchase against the usual time between purchases of it: above 0.5 = due again, 0 where it was never bought. */
export const ownDue: OwnFeature = {
  scope: 'own',
  name: 'own-due',
  words: 'due to be bought again',
  prior: 0.5,
  fill({ market, moment, candidates: { own, ownSlots, ownCount } }, out) {
    const { purchases, firstPurchaseAt, lastPurchaseAt } = market.interactions;
    for (let i = 0; i < ownCount; i++) {
      const slot = ownSlots[i]!;
      const row = own[slot]!;
      const times = purchases.data[row]!;
      const last = lastPurchaseAt.data[row]!;
      const gap = times > 1 ? (last - firstPurchaseAt.data[row]!) / (times - 1) : FIRST_GAP_MS;
      const since = Math.max(0, moment.featureAt - last);
      out[slot] = times === 0 ? 0 : ratioScale((since + MILLIS_PER_DAY) / (Math.max(0, gap) + MILLIS_PER_DAY), WIDTH);
    }
  },
};
