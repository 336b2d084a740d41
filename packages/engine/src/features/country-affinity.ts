import type { CandidateFeature } from './feature.ts';
import { COUNTERS, PURCHASES } from './listing-counters.ts';
import { ratioScale } from './scales.ts';

const PRIOR = 20;
/** Fewer say nothing against the prior, and most of a large catalogue has fewer. */
const PURCHASES_MIN = 4;
const WIDTH = 5;

/** How much more it is bought in the buyer's country than everywhere: 0.5 = as much, or not known. */
export const countryAffinity: CandidateFeature = {
  scope: 'candidate',
  name: 'country-affinity',
  words: "bought more in the buyer's country",
  prior: 1,
  fill({ signals: { statistics }, moment: { country }, candidates: { listing, size } }, out) {
    const here = country < 0 ? 0 : (statistics.countryPurchases.data[country] ?? 0);
    if (here === 0) {
      out.fill(0.5, 0, size);
      return true;
    }
    const cells = statistics.counters.data;
    // Most were never bought there: one logarithm for all of them.
    const never = ratioScale(PRIOR / (here + PRIOR), WIDTH);
    for (let i = 0; i < size; i++) {
      const row = listing[i]!;
      const all = cells[row * COUNTERS + PURCHASES]!;
      if (all < PURCHASES_MIN) out[i] = 0.5;
      else {
        const share = all / statistics.totalPurchases;
        const bought = statistics.boughtFrom.get(country, row);
        out[i] = bought === 0 ? never : ratioScale((bought + PRIOR * share) / ((here + PRIOR) * share), WIDTH);
      }
    }
    return true;
  },
};
