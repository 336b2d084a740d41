/**
 * Decisions of a policy that drew its actions by chance, with the probability of each (propensity) and the reward that came:
 * what off-policy evaluation starts from. An action may have been taken at one of several positions; the policy draws anew at each.
 */
import { RialtoError } from '../base/errors.ts';

export interface BanditLog {
  readonly rows: number;
  readonly actions: number;
  readonly positions: number;
  /** From 0. [rows] */
  readonly action: Int32Array;
  /** From 0; all 0 where there is but one. [rows] */
  readonly position: Int32Array;
  /** How many contexts there are, and which a row is of, from 0; absent where the log tells of none. [rows] */
  readonly contexts?: number;
  readonly context?: Int32Array;
  /** [rows] */
  readonly reward: Float64Array;
  /** Of the action taken, at its position, given what was known. [rows] */
  readonly propensity: Float64Array;
}

/** What a policy would do: fills in the probability of each action in the context of a row. out: [actions] */
export type ActionProbabilities = (row: number, out: Float64Array) => void;

/** What an action would bring in the context of a row. out: [actions] */
export type ExpectedRewards = (row: number, out: Float64Array) => void;

/** Throws `bad-experiment` on what no policy could have logged. */
export function checkBanditLog(log: BanditLog): void {
  if (log.rows < 2)
    throw new RialtoError('bad-experiment', `the log has ${log.rows} rows: a policy cannot be evaluated on so few`);
  for (let row = 0; row < log.rows; row++) {
    const propensity = log.propensity[row]!;
    if (!(propensity > 0 && propensity <= 1))
      throw new RialtoError(
        'bad-experiment',
        `row ${row + 1} has the propensity ${propensity}: the probability of an action that was taken lies above 0 and at most at 1`,
        { row: row + 1, propensity },
      );
    if (!Number.isFinite(log.reward[row]!))
      throw new RialtoError('bad-experiment', `row ${row + 1} has the reward ${log.reward[row]}, which is no number`, {
        row: row + 1,
      });
  }
}
