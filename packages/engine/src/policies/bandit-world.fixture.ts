/**
 * Logs whose truth is known: contexts of normal numbers, actions with logistic rewards of the context and its square, a logging and
 * a target policy that are softmaxes of the same scores at other temperatures, as in Open Bandit Pipeline's synthetic data.
 */
import { Rng } from '../base/rng.ts';
import type { ActionProbabilities, BanditLog } from './bandit-log.ts';

export interface BanditWorld {
  readonly log: BanditLog;
  readonly target: ActionProbabilities;
  /** The target's expected reward over the log's contexts. */
  readonly truth: number;
}

export interface BanditWorldOptions {
  readonly rows: number;
  readonly actions: number;
  readonly features: number;
  /** How much the logging and the target policy lean to actions that pay; below 0 to those that do not. */
  readonly loggingLean: number;
  readonly targetLean: number;
  readonly seed: number;
}

export function banditWorld(options: BanditWorldOptions): BanditWorld {
  const { rows, actions, features, seed } = options;
  const rng = new Rng(seed);
  const weights = Float64Array.from({ length: actions * features * 2 }, () => rng.normal() / Math.sqrt(features));
  const base = Float64Array.from({ length: actions }, () => -1 + rng.normal());
  const scores = new Float64Array(rows * actions);
  const log = {
    rows,
    actions,
    positions: 1,
    action: new Int32Array(rows),
    position: new Int32Array(rows),
    reward: new Float64Array(rows),
    propensity: new Float64Array(rows),
  };
  const context = new Float64Array(features);
  const chances = new Float64Array(actions);
  let truth = 0;
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < features; i++) context[i] = rng.normal();
    for (let a = 0; a < actions; a++) {
      let score = base[a]!;
      for (let i = 0; i < features; i++) {
        const at = (a * features + i) * 2;
        score += weights[at]! * context[i]! + 0.5 * weights[at + 1]! * (context[i]! ** 2 - 1);
      }
      scores[row * actions + a] = score;
    }
    const own = scores.subarray(row * actions, (row + 1) * actions);
    softmax(own, options.loggingLean, chances);
    const taken = drawn(chances, rng.unit());
    log.action[row] = taken;
    log.propensity[row] = chances[taken]!;
    log.reward[row] = rng.unit() < logistic(own[taken]!) ? 1 : 0;
    softmax(own, options.targetLean, chances);
    for (let a = 0; a < actions; a++) truth += (chances[a]! * logistic(own[a]!)) / rows;
  }
  const target: ActionProbabilities = (row, out) =>
    softmax(scores.subarray(row * actions, (row + 1) * actions), options.targetLean, out);
  return { log, target, truth };
}

const logistic = (score: number): number => 1 / (1 + Math.exp(-score));

function softmax(scores: Float64Array, lean: number, out: Float64Array): void {
  let sum = 0;
  for (let a = 0; a < scores.length; a++) {
    out[a] = Math.exp(lean * scores[a]!);
    sum += out[a]!;
  }
  for (let a = 0; a < scores.length; a++) out[a]! /= sum;
}

export function drawn(chances: Float64Array, unit: number): number {
  let left = unit;
  for (let a = 0; a < chances.length - 1; a++) {
    left -= chances[a]!;
    if (left < 0) return a;
  }
  return chances.length - 1;
}
