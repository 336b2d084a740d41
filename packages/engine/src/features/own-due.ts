import { MILLIS_PER_DAY } from '../base/units.ts';
import { type Feature, ownFeature } from './feature.ts';
import { ratioScale } from './scales.ts';

/** The gap that is assumed between a first and a second purchase. */
const FIRST_GAP_MS = 60 * MILLIS_PER_DAY;

/** Time since the buyer's last purchase against the usual time between purchases of it: above 0.5 = due again. */
export const ownDue: Feature = ownFeature('own-due', 'due to be bought again', 0.5, (row, { market: { interactions }, moment }) => {
  const times = interactions.purchases.data[row]!;
  if (times === 0) return 0.5;
  const last = interactions.lastPurchaseAt.data[row]!;
  const gap = times > 1 ? (last - interactions.firstPurchaseAt.data[row]!) / (times - 1) : FIRST_GAP_MS;
  return ratioScale((moment.featureAt - last + MILLIS_PER_DAY) / (gap + MILLIS_PER_DAY), 6);
});
