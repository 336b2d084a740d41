import type { CandidateFeature } from './feature.ts';

/** Whether it lies in the category of the page, or below it. */
export const sameCategory: CandidateFeature = {
  scope: 'candidate',
  name: 'same-category',
  words: "in the page's category",
  prior: 1.5,
  fill({ market: { listings }, moment, candidates: { listing, size } }, out) {
    if (moment.category < 0) return false;
    const category = listings.category.data;
    const below = listings.under(moment.category);
    for (let i = 0; i < size; i++) out[i] = below.includes(category[listing[i]!]!) ? 1 : 0;
    return true;
  },
};
