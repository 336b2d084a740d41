import type { OwnFeature } from './feature.ts';
import { countScale } from './scales.ts';

const LOG_MAX = Math.log1p(10);

/** How many times the buyer looked at it. */
export const ownViews: OwnFeature = {
  scope: 'own',
  name: 'own-views',
  words: 'looked at by the buyer',
  prior: 1.5,
  fill({ market, candidates: { own, ownSlots, ownCount } }, out) {
    const views = market.interactions.views.data;
    for (let i = 0; i < ownCount; i++) {
      const slot = ownSlots[i]!;
      const row = own[slot]!;
      out[slot] = countScale(views[row]!, LOG_MAX);
    }
  },
};
