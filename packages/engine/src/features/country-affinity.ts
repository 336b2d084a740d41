import { CANDIDATES_MAX } from './candidates.ts';
import type { CandidateFeature } from './feature.ts';
import { frontAt, PURCHASES } from './listing-counters.ts';
import { ratioScale } from './scales.ts';

const PRIOR = 20;
/** Fewer say nothing against the prior, and most of a large catalogue has fewer. */
const PURCHASES_MIN = 4;
const WIDTH = 5;
// Scratch memory; not for two decisions at once.
const asked = new Int32Array(CANDIDATES_MAX);
const rows = new Int32Array(CANDIDATES_MAX);
const boughtHere = new Int32Array(CANDIDATES_MAX);

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
    const { front } = statistics.counters;
    const total = statistics.totalPurchases;
    // Most were never bought there: one logarithm for all of them.
    const never = ratioScale(PRIOR / (here + PRIOR), WIDTH);
    let n = 0;
    for (let i = 0; i < size; i++) {
      out[i] = 0.5;
      asked[n] = listing[i]!;
      rows[n] = i;
      if (front[frontAt(listing[i]!, PURCHASES)]! >= PURCHASES_MIN) n++;
    }
    statistics.boughtFrom.gather(country, asked, n, boughtHere);
    for (let i = 0; i < n; i++) {
      const bought = boughtHere[i]!;
      const all = front[frontAt(asked[i]!, PURCHASES)]!;
      // (bought + PRIOR · share) / ((here + PRIOR) · share), where share = all / total
      const more = (bought * total + PRIOR * all) / ((here + PRIOR) * all);
      out[rows[i]!] = bought === 0 ? never : ratioScale(more, WIDTH);
    }
    return true;
  },
};
