import { type Feature, listingFeature } from './feature.ts';
import { clamp } from './scales.ts';

/** Bought together with the page's listing, the cart, or else the buyer's last order. */
export const goesWithNow: Feature = listingFeature('goes-with-now', 'goes with the page, the cart or the last order', 3, (listing, { evidence }) =>
  Math.sqrt(clamp(6 * evidence.togetherNow.get(listing))),
);
