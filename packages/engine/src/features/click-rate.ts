import type { ListingFeature } from './feature.ts';
import { CLICKS, frontAt, IMPRESSIONS } from './listing-counters.ts';
import { clamp } from './scales.ts';

const PRIOR_CLICKS = 2;
const PRIOR_IMPRESSIONS = 100;
const RATE_MAX = 0.2;

/** Clicks per impression, smoothed towards 2 %. */
export const clickRate: ListingFeature = {
  scope: 'listing',
  name: 'click-rate',
  words: 'clicked often where it is shown',
  prior: 1,
  fill({ front, listing, size }, out) {
    for (let i = 0; i < size; i++) {
      const clicks = front[frontAt(listing[i]!, CLICKS)]!;
      const impressions = front[frontAt(listing[i]!, IMPRESSIONS)]!;
      const rate = (clicks + PRIOR_CLICKS) / (impressions + PRIOR_IMPRESSIONS);
      out[i] = clamp(rate / RATE_MAX);
    }
  },
};
