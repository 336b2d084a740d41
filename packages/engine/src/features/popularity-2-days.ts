import { type Feature, listingFeature } from './feature.ts';
import { countScale } from './scales.ts';

const LOG_MAX = Math.log1p(100);

/** Purchases within the last 2 days. */
export const popularity2Days: Feature = listingFeature('popularity-2-days', 'bought often in the last two days', 0.5, (listing, { signals }) =>
  countScale(signals.statistics.bought2.count(listing), LOG_MAX),
);
