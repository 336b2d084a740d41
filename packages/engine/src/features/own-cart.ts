import { type Feature, ownFeature } from './feature.ts';

/** Whether the buyer has put it into the cart. */
export const ownCart: Feature = ownFeature('own-cart', 'put into the cart by the buyer', 1, (row, { market }) => (market.interactions.carts.data[row]! > 0 ? 1 : 0));
