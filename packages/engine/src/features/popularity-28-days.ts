import { type Feature, listingFeature } from './feature.ts';
import { countScale } from './scales.ts';

const LOG_MAX = Math.log1p(500);

/** Purchases within the last 28 days. */
export const popularity28Days: Feature = listingFeature('popularity-28-days', 'bought often in the last four weeks', 1.5, (listing, { signals }) =>
  countScale(signals.statistics.bought28.count(listing), LOG_MAX),
);
