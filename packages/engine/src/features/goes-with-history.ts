import { type Feature, listingFeature } from './feature.ts';
import { clamp } from './scales.ts';

/** Bought together with what the buyer has bought. */
export const goesWithHistory: Feature = listingFeature('goes-with-history', 'goes with what the buyer has bought', 3, (listing, { evidence }) =>
  Math.sqrt(clamp(6 * evidence.together.get(listing))),
);
