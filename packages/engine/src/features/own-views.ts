import { type Feature, ownFeature } from './feature.ts';
import { countScale } from './scales.ts';

const LOG_MAX = Math.log1p(10);

/** How many times the buyer looked at it. */
export const ownViews: Feature = ownFeature('own-views', 'looked at by the buyer', 1.5, (row, { market }) => countScale(market.interactions.views.data[row]!, LOG_MAX));
