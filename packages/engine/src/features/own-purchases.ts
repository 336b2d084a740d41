import { type Feature, ownFeature } from './feature.ts';
import { countScale } from './scales.ts';

const LOG_MAX = Math.log1p(30);

/** How many times the buyer bought it. */
export const ownPurchases: Feature = ownFeature('own-purchases', 'bought by the buyer before', 2, (row, { market }) =>
  countScale(market.interactions.purchases.data[row]!, LOG_MAX),
);
