import { type Feature, listingFeature } from './feature.ts';
import { countScale } from './scales.ts';

const LOG_MAX = Math.log1p(200);

/** Pieces per line: consumables and wholesale goods are high. */
export const piecesPerPurchase: Feature = listingFeature('pieces-per-purchase', 'bought many at a time', 0, (listing, { signals: { statistics } }) =>
  countScale(Math.round((statistics.pieces.data[listing] ?? 0) / ((statistics.purchases.data[listing] ?? 0) + 1)), LOG_MAX),
);
