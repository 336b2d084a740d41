import { type Feature, listingFeature } from './feature.ts';
import { countScale } from './scales.ts';

const LOG_MAX = Math.log1p(2000);

/** Page views within the last 7 days. */
export const views7Days: Feature = listingFeature('views-7-days', 'looked at often this week', 0.5, (listing, { signals }) =>
  countScale(signals.statistics.viewed7.count(listing), LOG_MAX),
);
