/** A policy whose probabilities were told row by row, only of the actions that it could take there. */
import type { ActionProbabilities } from './bandit-log.ts';

export interface ToldChances {
  readonly actions: Int32Array;
  /** Of each. */
  readonly chances: Float64Array;
}

/** `told`: of each row; undefined where the policy would have done nothing there. [rows] */
export const toldPolicy = (told: readonly (ToldChances | undefined)[]): ActionProbabilities => {
  return (row, out) => {
    out.fill(0);
    const here = told[row];
    here?.actions.forEach((action, i) => {
      out[action] = here.chances[i]!;
    });
  };
};
