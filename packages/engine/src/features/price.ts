import type { ListingFeature } from './feature.ts';
import { frontAt, LOG_PRICE, LOG_PRICE_STEPS } from './listing-counters.ts';
import { clamp } from './scales.ts';

const LOG_FLOOR = Math.log(0.05);
const WIDTH = 9.2;

/** The price on a logarithmic scale: 0 at 0.05 and 1 at about 500 units of the currency. */
export const price: ListingFeature = {
  scope: 'listing',
  name: 'price',
  words: 'expensive',
  prior: 0,
  fill({ front, listing, size }, out) {
    for (let i = 0; i < size; i++)
      out[i] = clamp((front[frontAt(listing[i]!, LOG_PRICE)]! / LOG_PRICE_STEPS - LOG_FLOOR) / WIDTH);
  },
};
