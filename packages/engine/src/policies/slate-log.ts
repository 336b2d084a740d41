/**
 * Rows of single items put together into slates, for a target policy that draws by position: items that were shown together, by position.
 * A position that a slate lacks has no reward and weighs 1. The model of rewards gives the cascade's values: those of the item, and what the
 * target would bring at the positions below.
 */
import { RialtoError } from '../base/errors.ts';
import type { ActionProbabilities, BanditLog, ExpectedRewards } from './bandit-log.ts';
import type { SlateLog } from './slate-policy.ts';

export interface SlateRows {
  /** Which slate each row belongs to, from 0. [rows] */
  readonly slate: Int32Array;
  /** Positions from the top. [positions] */
  readonly order: Int32Array;
  /** Whose each row is. [rows] */
  readonly clusters?: Int32Array | undefined;
}

/**
 * A policy by position as one that shows no item of a slate twice: what is above is left out, and the others share its probability by their
 * own, as Plackett and Luce's model has it. For logs that were drawn so.
 */
export function withoutRepeats(
  log: BanditLog,
  { slate, order }: SlateRows,
  policy: ActionProbabilities,
): ActionProbabilities {
  const rank = rankOf(order);
  const members: number[][] = [];
  slate.forEach((one, row) => {
    members[one] ??= [];
    members[one].push(row);
  });
  const above: (readonly number[])[] = [];
  for (const rows of members) {
    rows.sort((a, b) => rank[log.position[a]!]! - rank[log.position[b]!]!);
    rows.forEach((row, i) => {
      above[row] = rows.slice(0, i).map((other) => log.action[other]!);
    });
  }
  return (row, out) => {
    policy(row, out);
    for (const action of above[row]!) out[action] = 0;
    const left = out.reduce((sum, chance) => sum + chance, 0);
    if (left > 0) for (let a = 0; a < out.length; a++) out[a]! /= left;
  };
}

function rankOf(order: Int32Array): Int32Array {
  const rank = new Int32Array(order.length);
  order.forEach((position, place) => {
    rank[position] = place;
  });
  return rank;
}

export function slatesOf(
  log: BanditLog,
  { slate, order, clusters }: SlateRows,
  policy: ActionProbabilities,
  rewards: ExpectedRewards,
): SlateLog {
  const { positions, actions } = log;
  const slates = slate.reduce((most, one) => Math.max(most, one + 1), 0);
  const size = slates * positions;
  const rank = rankOf(order);
  const filled = new Uint8Array(size);
  const [reward, taken, expected] = [new Float64Array(size), new Float64Array(size), new Float64Array(size)];
  const [propensity, target] = [new Float64Array(size).fill(1), new Float64Array(size).fill(1)];
  const [chances, values] = [new Float64Array(actions), new Float64Array(actions)];
  for (let row = 0; row < log.rows; row++) {
    const at = slate[row]! * positions + rank[log.position[row]!]!;
    if (filled[at] === 1)
      throw new RialtoError('bad-experiment', `row ${row + 1} is at a position of its slate that another row has`, {
        row: row + 1,
      });
    filled[at] = 1;
    policy(row, chances);
    rewards(row, values);
    reward[at] = log.reward[row]!;
    propensity[at] = log.propensity[row]!;
    target[at] = chances[log.action[row]!]!;
    taken[at] = values[log.action[row]!]!;
    expected[at] = chances.reduce((sum, chance, a) => sum + chance * values[a]!, 0);
  }
  for (let one = 0; one < slates; one++) {
    let below = 0;
    for (let at = (one + 1) * positions - 1; at >= one * positions; at--) {
      taken[at]! += below;
      expected[at]! += below;
      below = expected[at]!;
    }
  }
  const whose = clusters && new Int32Array(slates);
  if (whose !== undefined) for (let row = 0; row < log.rows; row++) whose[slate[row]!] = clusters![row]!;
  return { rows: slates, positions, reward, propensity, target, model: { taken, expected }, clusters: whose };
}
