/**
 * Keeps what a unit of value costs at its target T on average: a target cost per conversion (value = conversions), or a target
 * return on ad spend (value = revenue, T = 1 / return). The constraint Σ cost ≤ T Σ value has a multiplier μ, and maximising value
 * under it alone bids, for a unit of value,
 *
 *     worth = T + 1 / μ          more than the target, as most of what is won costs less than was bid
 *     μ ← μ exp(-η (T value - cost) / scale)          up while the target is exceeded, down while there is room
 *
 * A campaign with several constraints bids the least that any of its controllers allows, each learning by itself: nearly as
 * good as solving them together, where running one after the other can badly break a constraint (Balseiro et al. 2023,
 * "A field guide for pacing budget and ROS constraints"). `value` should be what is expected (pCVR), calibrated against what
 * came: conversions are late and few, and noise in them would be noise in the bid.
 */
import { assert } from '../base/assert.ts';

export interface CostTargetController {
  readonly target: number;
  readonly multiplier: number;
  /** Room that is left unused so far: T Σ value - Σ cost. Negative while the target is exceeded. */
  readonly room: number;
}

export interface TargetInterval {
  readonly cost: number;
  readonly value: number;
  /** What an interval usually costs: the unit in which room is felt. */
  readonly scale: number;
}

const TARGET_STEP = 0.1;
const MOST = Math.LN2;
const MULTIPLIER_MIN = 1e-6;

/** Starts by bidding twice the target, about where the average cost is the target if prices are spread evenly below the bid. */
export function startCostTarget(target: number): CostTargetController {
  assert(target > 0 && Number.isFinite(target), 'a target must be positive', target);
  return { target, multiplier: 1 / target, room: 0 };
}

/** The most that the target allows to bid for a unit of value. */
export const allowedWorth = ({ target, multiplier }: CostTargetController): number => target + 1 / multiplier;

export function adjustCostTarget(
  { target, multiplier, room }: CostTargetController,
  { cost, value, scale }: TargetInterval,
  step = TARGET_STEP,
): CostTargetController {
  const gained = target * value - cost;
  const next = { target, multiplier, room: room + gained };
  if (!(scale > 0)) return next;
  const move = Math.min(MOST, Math.max(-MOST, (-step * gained) / scale));
  return { ...next, multiplier: Math.max(MULTIPLIER_MIN / target, multiplier * Math.exp(move)) };
}
