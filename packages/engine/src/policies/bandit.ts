/**
 * Contextual bandits whose outcomes can be analysed afterwards: every action keeps a floor of probability, and the propensity of what was
 * drawn is told. Thompson sampling on Bayesian linear models, one an arm (Agrawal & Goyal, ICML 2013): θ_a ~ N(A_a⁻¹ b_a, σ² A_a⁻¹). Without
 * a context: `statistics/thompson.ts`.
 */
import type { Rng } from '../base/rng.ts';
import { fitRidge } from '../learning/ridge.ts';
import { shareOfBest, withFloor } from '../statistics/thompson.ts';

export interface BanditChoice {
  readonly action: number;
  readonly propensity: number;
}

export function choose(probability: Float64Array, rng: Rng): BanditChoice {
  let left = rng.unit();
  let action = 0;
  while (action < probability.length - 1 && left >= probability[action]!) left -= probability[action++]!;
  return { action, propensity: probability[action]! };
}

/** A linear model of rewards for each arm; contexts carry their own constant. */
export class LinearBandit {
  readonly #features: number;
  readonly #arms: readonly { contexts: number[]; rewards: number[] }[];
  #models: readonly { mean: Float64Array; factor: Float64Array }[] | undefined;

  constructor(arms: number, features: number) {
    this.#features = features;
    this.#arms = Array.from({ length: arms }, () => ({ contexts: [], rewards: [] }));
  }

  /** The models are fitted anew by the next `fit`. */
  learn(context: Float64Array, action: number, reward: number): void {
    const arm = this.#arms[action]!;
    arm.contexts.push(...context);
    arm.rewards.push(reward);
  }

  /** Called after each batch. */
  fit(): void {
    this.#models = this.#arms.map(({ contexts, rewards }) => fitArm(contexts, rewards, this.#features));
  }

  /** Of each arm in the context, none below the floor; equal before the first `fit`. [arms] */
  probabilities(context: Float64Array, floor: number, rng: Rng): Float64Array {
    const arms = this.#arms.length;
    const models = this.#models;
    if (models === undefined) return new Float64Array(arms).fill(1 / arms);
    // θ·x is normal: its mean and spread are all that is drawn from.
    const expected = models.map(({ mean }) => dot(mean, context));
    const spread = models.map(({ factor }) => Math.sqrt(spreadOf(factor, context)));
    return withFloor(
      shareOfBest(arms, (arm) => expected[arm]! + spread[arm]! * rng.normal()),
      floor,
    );
  }
}

function fitArm(contexts: number[], rewards: number[], features: number) {
  const rows = rewards.length;
  const data = {
    rows,
    features,
    outputs: 1,
    inputs: Float64Array.from(contexts),
    targets: Float64Array.from(rewards),
    weights: new Float64Array(rows).fill(1),
  };
  const mean = fitRidge(data, new Float64Array(features).fill(1));
  let squares = 1;
  rewards.forEach((reward, row) => {
    squares += (reward - dot(mean, data.inputs.subarray(row * features, (row + 1) * features))) ** 2;
  });
  // σ² A⁻¹, column by column: ridge with the identity as targets has A⁻¹ (A − I) = I − A⁻¹.
  const identity = new Float64Array(features * features);
  const gram = new Float64Array(features * features);
  for (let i = 0; i < features; i++) identity[i * features + i] = 1;
  for (let row = 0; row < rows; row++)
    for (let i = 0; i < features; i++)
      for (let j = 0; j < features; j++)
        gram[i * features + j]! += data.inputs[row * features + i]! * data.inputs[row * features + j]!;
  const factor = inverseOf(gram, identity, features).map((value) => (value * squares) / (rows + 1));
  return { mean, factor };
}

/** (G + I)⁻¹ by Gauss–Jordan elimination; positive definite, so that no pivoting is needed. [features²] */
function inverseOf(gram: Float64Array, identity: Float64Array, n: number): Float64Array {
  const a = gram.map((value, i) => value + identity[i]!);
  const out = identity.slice();
  for (let k = 0; k < n; k++) {
    const pivot = a[k * n + k]!;
    for (let j = 0; j < n; j++) {
      a[k * n + j]! /= pivot;
      out[k * n + j]! /= pivot;
    }
    for (let i = 0; i < n; i++) {
      const times = a[i * n + k]!;
      if (i === k || times === 0) continue;
      for (let j = 0; j < n; j++) {
        a[i * n + j]! -= times * a[k * n + j]!;
        out[i * n + j]! -= times * out[k * n + j]!;
      }
    }
  }
  return out;
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}

function spreadOf(factor: Float64Array, x: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++)
    for (let j = 0; j < x.length; j++) sum += x[i]! * factor[i * x.length + j]! * x[j]!;
  return Math.max(0, sum);
}
