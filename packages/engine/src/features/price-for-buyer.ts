import { type Feature, listingFeature } from './feature.ts';
import { ratioScale } from './scales.ts';

const FLOOR_MICROS = 50_000;

/** The price against what the buyer has paid a piece so far: 0.5 = the same, or a buyer without a past. */
export const priceForBuyer: Feature = listingFeature('price-for-buyer', 'dearer than what the buyer pays', 0, (listing, { market, moment }) => {
  const { buyers, listings } = market;
  const pieces = moment.buyer < 0 ? 0 : buyers.pieces.data[moment.buyer]!;
  if (pieces === 0) return 0.5;
  const paid = buyers.spentMicros.data[moment.buyer]! / pieces;
  return ratioScale((listings.priceMicros.data[listing]! + FLOOR_MICROS) / (paid + FLOOR_MICROS), 6);
});
