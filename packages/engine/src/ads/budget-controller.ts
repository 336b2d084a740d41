/**
 * Keeps a campaign's spending on its wanted course, by dual descent on the shadow price of the budget. `worth` is what the
 * campaign bids for a unit of value; 1 / worth is the shadow price λ, moved by entropic mirror descent after every interval:
 *
 *     λ ← λ exp(η (spent / wanted - 1))          the same as   worth ← worth exp(-η (spent / wanted - 1))
 *
 * In a stationary market it finds the best worth within O(√intervals) of hindsight, and it needs no forecast of prices
 * (Balseiro, Lu and Mirrokni 2020; 2023). `wanted` follows the traffic that is forecast, not the clock: that is the caller's.
 * State is one number and the update a pure function, so it is folded from the log and kept in a checkpoint as it is.
 */
import { assert } from '../base/assert.ts';

export interface BudgetController {
  /** The bid for a unit of value. */
  readonly worth: number;
}

export interface Interval {
  readonly spent: number;
  /** What the plan wanted to spend; 0 where nothing was wanted, which teaches nothing. */
  readonly wanted: number;
}

const BUDGET_STEP = 0.3;
/** No single interval moves the worth by more than a factor of two. */
const MOST = Math.LN2;

/** @param worth where to start: what similar campaigns pay for a unit of value. */
export function startBudget(worth: number): BudgetController {
  assert(worth > 0 && Number.isFinite(worth), 'a worth must be positive', worth);
  return { worth };
}

export function adjustBudget(
  { worth }: BudgetController,
  { spent, wanted }: Interval,
  step = BUDGET_STEP,
): BudgetController {
  if (!(wanted > 0)) return { worth };
  const move = -step * (spent / wanted - 1);
  return { worth: worth * Math.exp(Math.min(MOST, Math.max(-MOST, move))) };
}
