/**
 * The policy behind a log, as probabilities of actions by position, and by context where the log tells of some: how often each was taken,
 * which estimates the mean of a policy that moves while it learns (such as Thompson sampling), drawn a little towards the action's share over
 * all positions. Rewards are not looked at. Not for policies that choose by more than these contexts: their probabilities must be told.
 */
import type { ActionProbabilities, BanditLog } from './bandit-log.ts';

export interface PositionPolicy {
  readonly actions: number;
  readonly positions: number;
  /** 1 where the policy looks at none. */
  readonly contexts: number;
  /** Sum to 1 at each position of a context. [contexts × positions × actions] */
  readonly probability: Float64Array;
}

/** As if so many rows of each position had been dealt by the shares over all positions. */
const PRIOR_ROWS = 1;

export function policyOfLog({
  rows,
  actions,
  positions,
  contexts = 1,
  action,
  position,
  context,
}: LoggedActions): PositionPolicy {
  const share = new Float64Array(actions);
  const counts = new Float64Array(contexts * positions * actions);
  const totals = new Float64Array(contexts * positions);
  for (let row = 0; row < rows; row++) {
    const at = (context?.[row] ?? 0) * positions + position[row]!;
    share[action[row]!]! += 1 / rows;
    counts[at * actions + action[row]!]!++;
    totals[at]!++;
  }
  const probability = counts.map((count, i) => {
    const at = Math.floor(i / actions);
    return (count + PRIOR_ROWS * share[i % actions]!) / (totals[at]! + PRIOR_ROWS);
  });
  return { actions, positions, contexts, probability };
}

type LoggedActions = Pick<BanditLog, 'rows' | 'actions' | 'positions' | 'contexts' | 'action' | 'position' | 'context'>;

/** The same action always, or all alike where there is none. */
export function fixedPolicy(
  { actions, positions }: Pick<BanditLog, 'actions' | 'positions'>,
  action?: number,
): PositionPolicy {
  const probability = new Float64Array(actions * positions);
  if (action === undefined) probability.fill(1 / actions);
  else for (let at = 0; at < positions; at++) probability[at * actions + action] = 1;
  return { actions, positions, contexts: 1, probability };
}

/** At the position, and in the context, of each row of a log. */
export function probabilitiesOf(
  { actions, positions, contexts, probability }: PositionPolicy,
  log: BanditLog,
): ActionProbabilities {
  return (row, out) => {
    const context = contexts > 1 ? log.context![row]! : 0;
    const from = (context * positions + log.position[row]!) * actions;
    out.set(probability.subarray(from, from + actions));
  };
}
