import { type Feature, type FeatureInput, listingFeature } from './feature.ts';
import { countScale } from './scales.ts';

const LOG_MAX = Math.log1p(200);

/** A listing's share of all purchases, per 10,000, on a logarithmic scale. */
const shareOf = (count: number, total: number): number => countScale(Math.round((10_000 * count) / (total + 1000)), LOG_MAX);

/** How much of everything ever bought is this listing. */
export const popularity: Feature = listingFeature('popularity', 'bought by many', 1, (listing, { signals: { statistics } }: FeatureInput) =>
  shareOf(statistics.purchases.data[listing] ?? 0, statistics.totalPurchases),
);
