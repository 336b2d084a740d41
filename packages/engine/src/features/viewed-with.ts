import { type Feature, listingFeature } from './feature.ts';
import { clamp } from './scales.ts';

/** Viewed in the same visits as the page's listing, or as what the buyer viewed last. */
export const viewedWith: Feature = listingFeature('viewed-with', 'viewed together with what the buyer looks at', 2, (listing, { evidence }) =>
  Math.sqrt(clamp(6 * evidence.viewedTogether.get(listing))),
);
