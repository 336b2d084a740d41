/**
 * What an opportunity is expected to cost a bidder that follows a bid landscape, by how its values lie: normal with mean κ and
 * standard deviation ρ κ, both as worth in units of the typical price, cut off at 0.
 *
 *     c(κ, ρ) = ∫ C(b*(max(0, κ (1 + ρ z)))) φ(z) dz
 *
 * A table, so that a plan over many stages and many possible futures costs one look-up for each.
 */
import { type BidLandscape, expectedCost } from './bid-landscape.ts';

export interface SpendCurve {
  /** c over κ = MEAN_FROM × MEAN_STEP^i within ρ = SPREAD_STEP × (j + 1). [SPREADS × MEANS] */
  readonly costs: Float64Array;
}

const MEAN_FROM = 0.02;
const MEAN_STEP = 1.06;
const MEANS = 120;
const SPREAD_STEP = 0.1;
const SPREADS = 10;
const LOG_STEP = Math.log(MEAN_STEP);
const DEVIATIONS = 4;
const DEVIATION_STEP = 0.05;

export function spendCurve(landscape: BidLandscape): SpendCurve {
  const costs = new Float64Array(SPREADS * MEANS);
  for (let j = 0; j < SPREADS; j++) {
    for (let i = 0; i < MEANS; i++) {
      const mean = MEAN_FROM * MEAN_STEP ** i;
      let sum = 0;
      let weights = 0;
      for (let z = -DEVIATIONS; z <= DEVIATIONS; z += DEVIATION_STEP) {
        const weight = Math.exp((-z * z) / 2);
        weights += weight;
        sum += weight * expectedCost(landscape, mean * (1 + SPREAD_STEP * (j + 1) * z));
      }
      costs[j * MEANS + i] = sum / weights;
    }
  }
  return { costs };
}

/** Expected cost of one opportunity, in the typical price. Means and spreads beyond the table count as its edges. */
export function spendAt({ costs }: SpendCurve, mean: number, spread: number): number {
  const x = Math.min(MEANS - 1.001, Math.max(0, Math.log(mean / MEAN_FROM) / LOG_STEP));
  const y = Math.min(SPREADS - 1.001, Math.max(0, spread / SPREAD_STEP - 1));
  const i = Math.floor(x);
  const j = Math.floor(y);
  const right = x - i;
  const below = y - j;
  const at = j * MEANS + i;
  return (
    (1 - below) * ((1 - right) * costs[at]! + right * costs[at + 1]!) +
    below * ((1 - right) * costs[at + MEANS]! + right * costs[at + MEANS + 1]!)
  );
}
