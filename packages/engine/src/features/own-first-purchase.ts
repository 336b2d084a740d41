import { type Feature, ownFeature } from './feature.ts';
import { ageScale } from './scales.ts';

/** How long ago the buyer bought it first. */
export const ownFirstPurchase: Feature = ownFeature('own-first-purchase', 'known to the buyer for long', 0, (row, { market, moment }) =>
  market.interactions.purchases.data[row] === 0 ? 0 : ageScale(moment.featureAt - market.interactions.firstPurchaseAt.data[row]!),
);
