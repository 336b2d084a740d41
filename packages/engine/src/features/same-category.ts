import { type Feature, listingFeature } from './feature.ts';

/** Whether it lies in the category of the page. */
export const sameCategory: Feature = listingFeature('same-category', "in the page's category", 1.5, (listing, { market, moment }) =>
  moment.category >= 0 && market.listings.category.data[listing] === moment.category ? 1 : 0,
);
