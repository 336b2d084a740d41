import { type Feature, ownFeature } from './feature.ts';
import { countScale } from './scales.ts';

const LOG_MAX = Math.log1p(300);

/** Pieces that the buyer takes at a time. */
export const ownPieces: Feature = ownFeature('own-pieces', 'bought many at a time by the buyer', 0, (row, { market: { interactions } }) =>
  countScale(Math.round(interactions.pieces.data[row]! / Math.max(1, interactions.purchases.data[row]!)), LOG_MAX),
);
