/**
 * How much a unit of value is worth to a campaign now, so that its budget lasts to the end and no longer, when the rest of the
 * flight is known only as a number of possible futures (past days, moved to where today stands).
 *
 *     in future k:   cost_k(α) = Σ_stages  n m c(α μ / m, ρ)       n opportunities, m typical price, μ mean value, ρ its spread
 *                    cost_k(α_k) = what is left
 *     now:           1 / α = mean_k 1 / α_k
 *
 * 1 / α is the shadow price of the budget, the value that the last unit of money buys. Its expectation over the futures is what
 * money kept for later is worth, so money is spent now where it buys at least that: the certainty-equivalent dual, solved
 * again at every stage. Averaging α itself would favour the futures in which money is worth little.
 */
import { type SpendCurve, spendAt } from './spend-curve.ts';

/** A stretch of the flight in which price and values stay alike. */
export interface Stage {
  readonly opportunities: number;
  readonly price: number;
  readonly meanValue: number;
  readonly spread: number;
}

export interface PlanInput {
  readonly curve: SpendCurve;
  /** Each a future: its stages from now to the end. */
  readonly futures: readonly (readonly Stage[])[];
  readonly remaining: number;
}

const HALVINGS = 18;
const RANGE = Math.log(1e3);

function costOf(stages: readonly Stage[], curve: SpendCurve, worth: number): number {
  let cost = 0;
  for (const { opportunities, price, meanValue, spread } of stages)
    cost += opportunities * price * spendAt(curve, (worth * meanValue) / price, spread);
  return cost;
}

/** The α of one future. Where not even the highest spends what is left, the highest. */
function worthIn(stages: readonly Stage[], { curve, remaining }: PlanInput, usual: number): number {
  let low = Math.log(usual) - RANGE;
  let high = Math.log(usual) + RANGE;
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2;
    if (costOf(stages, curve, Math.exp(middle)) > remaining) high = middle;
    else low = middle;
  }
  return Math.exp((low + high) / 2);
}

/** What a unit of value is worth now; 0 where nothing is left. */
export function plannedWorth(input: PlanInput): number {
  if (!(input.remaining > 0) || input.futures.length === 0) return 0;
  let shadowPrice = 0;
  for (const stages of input.futures) {
    const [now] = stages;
    if (now === undefined) continue;
    shadowPrice += 1 / worthIn(stages, input, now.price / Math.max(now.meanValue, Number.MIN_VALUE));
  }
  return shadowPrice > 0 ? input.futures.length / shadowPrice : 0;
}
