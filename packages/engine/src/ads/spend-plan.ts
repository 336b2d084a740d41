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
  /** Each a future: its stages from now to the end, at least one. */
  readonly futures: readonly (readonly Stage[])[];
  readonly remaining: number;
}

const LOOKS = 24;
const PRECISION = 1e-4;
/** Of ln cost over ln α: about so much where half of the opportunities are won. */
const USUAL_SLOPE = 2;
const SLOPE_MIN = 0.2;
const SLOPE_MAX = 50;
const RANGE = Math.log(1e3);

function costOf(stages: readonly Stage[], curve: SpendCurve, worth: number): number {
  let cost = 0;
  for (const { opportunities, price, meanValue, spread } of stages)
    cost += opportunities * price * spendAt(curve, (worth * meanValue) / price, spread);
  return cost;
}

/**
 * The α of one future: secants of ln cost over ln α from a guess, halving the bracket where a secant leaves it. Where not even
 * the highest spends what is left, the highest.
 */
function worthIn(stages: readonly Stage[], { curve, remaining }: PlanInput, guess: number): number {
  const wanted = Math.log(remaining);
  let at = Math.log(guess);
  let low = at - RANGE;
  let high = at + RANGE;
  let slope = USUAL_SLOPE;
  let before = { at: Number.NaN, excess: Number.NaN };
  for (let look = 0; look < LOOKS && high - low > PRECISION; look++) {
    const excess = Math.log(costOf(stages, curve, Math.exp(at))) - wanted;
    if (Math.abs(excess) < PRECISION) break;
    if (excess > 0) high = at;
    else low = at;
    const secant = (excess - before.excess) / (at - before.at);
    if (secant > SLOPE_MIN && secant < SLOPE_MAX) slope = secant;
    before = { at, excess };
    const next = at - excess / slope;
    at = next > low && next < high ? next : (low + high) / 2;
  }
  return Math.exp(at);
}

/** What a unit of value is worth now; 0 where nothing is left. */
export function plannedWorth(input: PlanInput): number {
  if (!(input.remaining > 0) || input.futures.length === 0) return 0;
  const now = input.futures[0]![0]!;
  let guess = now.price / Math.max(now.meanValue, Number.MIN_VALUE);
  let shadowPrice = 0;
  for (const stages of input.futures) {
    const worth = worthIn(stages, input, guess);
    shadowPrice += 1 / worth;
    guess = worth;
  }
  return shadowPrice > 0 ? input.futures.length / shadowPrice : 0;
}
