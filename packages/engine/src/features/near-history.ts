import { type Feature, listingFeature } from './feature.ts';
import { clamp } from './scales.ts';

/** Among the nearest neighbours of what the buyer deals with, in the trained embedding. */
export const nearHistory: Feature = listingFeature('near-history', "like the buyer's listings", 1, (listing, { evidence }) => Math.sqrt(clamp(4 * evidence.neighbours.get(listing))));
