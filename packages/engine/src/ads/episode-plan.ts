/**
 * How to spend a small budget over a known number of second-price auctions: the value of having budget b with t auctions to go,
 * by dynamic programming over the distributions of the market price δ and of what an auction is worth θ.
 *
 *     V(0, b) = 0
 *     V(t, b) = V(t-1, b) + Σ_δ≤b P(δ) E_θ[(θ - (V(t-1, b) - V(t-1, b-δ)))⁺]
 *     bid     = the highest a ≤ b with V(t-1, b) - V(t-1, b-a) ≤ θ
 *
 * Winning at δ is worth θ and costs what δ would have bought later. With θ the same for all this is ss_mdp (Yuan et al. 2013);
 * with θ at its mean in V, and its own value in the bid, RLB (Cai et al. 2017). Budgets beyond 4,096 are planned on a grid and
 * interpolated: V is smooth there. For large budgets the shadow price of a budget controller does as well at no cost.
 */
import { assert } from '../base/assert.ts';

export interface EpisodePlan {
  readonly auctions: number;
  /** Budget between two points of the grid. */
  readonly step: number;
  readonly points: number;
  readonly priceMax: number;
  /** V(t, i × step), in units of θ. [(auctions + 1) × points] */
  readonly values: Float32Array;
}

export interface EpisodeInput {
  readonly auctions: number;
  readonly budget: number;
  /** P(δ), summing to 1 at most: what is missing is out of reach. [priceMax + 1] */
  readonly prices: Float64Array;
  /** Equally likely values of θ. */
  readonly worths: Float64Array;
}

const POINTS_MAX = 4096;
const CELLS = 1024;

/** E[(θ - x)⁺] at x = k / CELLS × the highest θ. [CELLS + 1] */
function expectedGains(worths: Float64Array, highest: number): Float64Array {
  return Float64Array.from({ length: CELLS + 1 }, (_, k) => {
    const x = (k / CELLS) * highest;
    return worths.reduce((sum, worth) => sum + Math.max(0, worth - x), 0) / worths.length;
  });
}

export function planEpisode({ auctions, budget, prices, worths }: EpisodeInput): EpisodePlan {
  assert(auctions > 0 && worths.length > 0, 'an episode needs auctions and a worth', auctions);
  const step = Math.max(1, Math.ceil(budget / POINTS_MAX));
  const points = Math.floor(budget / step) + 1;
  const values = new Float32Array((auctions + 1) * points);
  const highest = worths.reduce((most, worth) => Math.max(most, worth), 0);
  const gains = expectedGains(worths, highest);
  const scale = highest > 0 ? CELLS / highest : 0;
  const charged = Int32Array.from(prices.keys()).filter((price) => prices[price]! > 0);
  for (let t = 1; t <= auctions; t++) {
    const before = values.subarray((t - 1) * points, t * points);
    for (let i = 0; i < points; i++) {
      let sum = 0;
      for (const price of charged) {
        const place = i - price / step;
        if (place < 0) break;
        const lost = before[i]! - between(before, place);
        const cell = lost * scale;
        if (cell >= CELLS) break;
        const k = cell | 0;
        sum += prices[price]! * (gains[k]! + (cell - k) * (gains[k + 1]! - gains[k]!));
      }
      values[t * points + i] = before[i]! + sum;
    }
  }
  return { auctions, step, points, priceMax: prices.length - 1, values };
}

function between(row: Float32Array, place: number): number {
  const k = place | 0;
  const share = place - k;
  return share === 0 ? row[k]! : row[k]! * (1 - share) + row[k + 1]! * share;
}

/** The bid for an auction worth θ with `left` auctions to go, this one included. */
export function plannedBid(
  plan: EpisodePlan,
  { left, remaining, worth }: { readonly left: number; readonly remaining: number; readonly worth: number },
): number {
  const from = (Math.min(plan.auctions, left) - 1) * plan.points;
  const later = plan.values.subarray(from, from + plan.points);
  const here = Math.min(plan.points - 1, remaining / plan.step);
  const most = Math.min(plan.priceMax, remaining);
  const kept = between(later, here);
  let bid = 0;
  while (bid < most && kept - between(later, Math.max(0, here - (bid + 1) / plan.step)) <= worth) bid++;
  return bid;
}
