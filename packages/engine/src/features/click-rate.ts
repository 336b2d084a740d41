import { type Feature, listingFeature } from './feature.ts';
import { clamp } from './scales.ts';

const PRIOR_CLICKS = 2;
const PRIOR_IMPRESSIONS = 100;
const RATE_MAX = 0.2;

/** Clicks per impression, smoothed towards 2 %. */
export const clickRate: Feature = listingFeature('click-rate', 'clicked often where it is shown', 1, (listing, { signals: { statistics } }) =>
  clamp(((statistics.clicks.data[listing] ?? 0) + PRIOR_CLICKS) / ((statistics.impressions.data[listing] ?? 0) + PRIOR_IMPRESSIONS) / RATE_MAX),
);
