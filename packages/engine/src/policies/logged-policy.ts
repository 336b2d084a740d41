/**
 * The policy behind a log, as probabilities of actions by position: how often each was taken, which estimates the mean of a policy
 * that moves while it learns (such as Thompson sampling), drawn a little towards the action's share over all positions. Rewards are not
 * looked at. Not for policies that choose by context: their probabilities must be told.
 */
import type { BanditLog } from './bandit-log.ts';

export interface PositionPolicy {
  readonly actions: number;
  readonly positions: number;
  /** Sum to 1 at each position. [positions × actions] */
  readonly probability: Float64Array;
}

/** As if so many rows of each position had been dealt by the shares over all positions. */
const PRIOR_ROWS = 1;

export function policyOfLog({
  rows,
  actions,
  positions,
  action,
  position,
}: Pick<BanditLog, 'rows' | 'actions' | 'positions' | 'action' | 'position'>): PositionPolicy {
  const share = new Float64Array(actions);
  const counts = new Float64Array(positions * actions);
  const totals = new Float64Array(positions);
  for (let row = 0; row < rows; row++) {
    share[action[row]!]! += 1 / rows;
    counts[position[row]! * actions + action[row]!]!++;
    totals[position[row]!]!++;
  }
  const probability = counts.map((count, i) => {
    const at = Math.floor(i / actions);
    return (count + PRIOR_ROWS * share[i % actions]!) / (totals[at]! + PRIOR_ROWS);
  });
  return { actions, positions, probability };
}
