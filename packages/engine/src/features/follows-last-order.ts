import { type Feature, listingFeature } from './feature.ts';
import { clamp } from './scales.ts';

/** In orders that follow one like the buyer's last. */
export const followsLastOrder: Feature = listingFeature('follows-last-order', "often in the order after one like the buyer's last", 2, (listing, { evidence }) =>
  Math.sqrt(clamp(8 * evidence.next.get(listing))),
);
