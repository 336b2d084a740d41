import { type Feature, listingFeature } from './feature.ts';
import { countScale } from './scales.ts';

const LOG_MAX = Math.log1p(200);

/** Purchases within the last 7 days. */
export const popularity7Days: Feature = listingFeature('popularity-7-days', 'bought often this week', 1.5, (listing, { signals }) =>
  countScale(signals.statistics.bought7.count(listing), LOG_MAX),
);
