import { type Feature, ownFeature } from './feature.ts';
import { clamp } from './scales.ts';

/** In which share of the buyer's orders it was. */
export const ownPurchaseRate: Feature = ownFeature('own-purchase-rate', "in many of the buyer's orders", 2, (row, { market, moment }) =>
  clamp(market.interactions.purchases.data[row]! / (market.buyers.orders.data[moment.buyer]! + 1)),
);
