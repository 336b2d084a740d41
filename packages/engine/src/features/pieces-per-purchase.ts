import type { ListingFeature } from './feature.ts';
import { COUNTERS, frontAt, PIECES, PURCHASES } from './listing-counters.ts';
import { countScale } from './scales.ts';

const LOG_MAX = Math.log1p(200);

/** Pieces per line: consumables and wholesale goods are high. */
export const piecesPerPurchase: ListingFeature = {
  scope: 'listing',
  name: 'pieces-per-purchase',
  words: 'bought many at a time',
  prior: 0,
  fill({ behind, front, listing, size }, out) {
    for (let i = 0; i < size; i++) {
      const row = listing[i]! * COUNTERS;
      out[i] = countScale(Math.round(behind[row + PIECES]! / (front[frontAt(listing[i]!, PURCHASES)]! + 1)), LOG_MAX);
    }
  },
};
