import { type Feature, ownFeature } from './feature.ts';
import { ageScale } from './scales.ts';

/** How long ago the buyer bought it last. */
export const ownLastPurchase: Feature = ownFeature('own-last-purchase', 'bought long ago by the buyer', 0, (row, { market, moment }) =>
  ageScale(moment.featureAt - market.interactions.lastPurchaseAt.data[row]!),
);
