import { type Feature, listingFeature } from './feature.ts';
import { ratioScale } from './scales.ts';

/** This week's purchases against the average week of the last four: 0.5 = steady. */
export const trend: Feature = listingFeature('trend', 'bought more this week than before', 0.3, (listing, { signals: { statistics } }) =>
  ratioScale((4 * statistics.bought7.count(listing) + 4) / (statistics.bought28.count(listing) + 4), 4),
);
