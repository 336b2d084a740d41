import { type Feature, listingFeature } from './feature.ts';
import { clamp } from './scales.ts';

/** How well title and tags match the query, against the best match. */
export const queryMatch: Feature = listingFeature('query-match', 'matches the query', 8, (listing, { evidence }) => clamp(evidence.search.get(listing)));
