import { type Feature, listingFeature } from './feature.ts';
import { clamp } from './scales.ts';

/** The price on a logarithmic scale: 0 at 0.05 and 1 at about 500 units of the currency. */
export const price: Feature = listingFeature('price', 'expensive', 0, (listing, { market }) =>
  clamp((Math.log(Math.max(50_000, market.listings.priceMicros.data[listing]!) / 1_000_000) + 3) / 9.2),
);
