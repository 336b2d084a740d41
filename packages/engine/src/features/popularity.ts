import type { ListingFeature } from './feature.ts';
import { frontAt, PURCHASES } from './listing-counters.ts';
import { countScale } from './scales.ts';

const LOG_MAX = Math.log1p(200);
/** So that the first purchases of a new marketplace are not large shares. */
const SMOOTHING = 1000;

/** A listing's share of all purchases, per 10,000, on a logarithmic scale. */
export const popularity: ListingFeature = {
  scope: 'listing',
  name: 'popularity',
  words: 'bought by many',
  prior: 1,
  fill({ front, purchases, listing, size }, out) {
    const perPurchase = 10_000 / (purchases + SMOOTHING);
    for (let i = 0; i < size; i++) {
      out[i] = countScale(Math.round(front[frontAt(listing[i]!, PURCHASES)]! * perPurchase), LOG_MAX);
    }
  },
};
