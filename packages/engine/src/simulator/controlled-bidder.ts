/**
 * The bidder that the engine's controllers make by themselves, without a landscape or a plan: one controller for the budget and
 * one for the target, the bid the least of what they allow. Wanted spending follows past periods' traffic.
 */
import { adjustBudget, type BudgetController, startBudget } from '../ads/budget-controller.ts';
import {
  adjustCostTarget,
  allowedWorth,
  type CostTargetController,
  startCostTarget,
} from '../ads/cost-target-controller.ts';
import { type Seat, TICKS } from './auctionnet-world.ts';
import type { PastPeriods } from './past-periods.ts';
import type { SeatBidder } from './seat-replay.ts';

/** The share of the remaining budget that a tick should spend: its share of the remaining traffic, by past periods. */
function wantedShares({ traffic }: PastPeriods): Float64Array {
  const usual = Float64Array.from({ length: TICKS }, (_, tick) => traffic.reduce((sum, n) => sum + n[tick]!, 0));
  let rest = 0;
  return usual
    .map((_, i) => {
      rest += usual[TICKS - 1 - i]!;
      return usual[TICKS - 1 - i]! / rest;
    })
    .reverse();
}

export function controlledBidder({ targetCpa, budget }: Seat, past: PastPeriods): SeatBidder {
  const shares = wantedShares(past);
  let pacing: BudgetController = startBudget(targetCpa);
  let target: CostTargetController = startCostTarget(targetCpa);
  let wanted = 0;
  return {
    bid({ tick, values, remaining }, bids) {
      wanted = remaining * shares[tick]!;
      const worth = Math.min(pacing.worth, allowedWorth(target));
      for (let o = 0; o < values.length; o++) bids[o] = worth * values[o]!;
    },
    observe({ cost, value }) {
      pacing = adjustBudget(pacing, { spent: cost, wanted });
      target = adjustCostTarget(target, { cost, value, scale: budget / TICKS });
    },
  };
}
