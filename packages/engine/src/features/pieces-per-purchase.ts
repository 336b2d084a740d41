import type { CandidateFeature } from './feature.ts';
import { countScale } from './scales.ts';

const LOG_MAX = Math.log1p(200);

/** Pieces per line: consumables and wholesale goods are high. */
export const piecesPerPurchase: CandidateFeature = {
  scope: 'candidate',
  name: 'pieces-per-purchase',
  words: 'bought many at a time',
  prior: 0,
  fill({ signals: { statistics }, candidates: { listing, size } }, out) {
    const pieces = statistics.pieces.data;
    const purchases = statistics.purchases.data;
    const known = statistics.pieces.length;
    for (let i = 0; i < size; i++) {
      const row = listing[i]!;
      out[i] = row < known ? countScale(Math.round(pieces[row]! / (purchases[row]! + 1)), LOG_MAX) : 0;
    }
    return known > 0;
  },
};
