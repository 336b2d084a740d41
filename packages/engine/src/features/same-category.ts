import type { CandidateFeature } from './feature.ts';

/** Whether it lies in the category of the page. */
export const sameCategory: CandidateFeature = {
  scope: 'candidate',
  name: 'same-category',
  words: "in the page's category",
  prior: 1.5,
  fill({ market: { listings }, moment, candidates: { listing, size } }, out) {
    if (moment.category < 0) return false;
    const category = listings.category.data;
    for (let i = 0; i < size; i++) out[i] = category[listing[i]!] === moment.category ? 1 : 0;
    return true;
  },
};
