/**
 * Thompson sampling: each arm's mean has a normal posterior, and an arm's probability is how often its draw is the best one; none below a
 * floor, p' = floor + (1 − K · floor) p, so that what was dealt can be analysed afterwards. Draws come from the caller's stream.
 */
import { assert } from '../base/assert.ts';
import type { Rng } from '../base/rng.ts';

const DRAWS = 200;

/** Raises every probability to the floor, in place. */
export function withFloor(probability: Float64Array, floor: number): Float64Array {
  const arms = probability.length;
  assert(floor >= 0 && floor * arms <= 1, 'the floors of all arms fit into 1', floor);
  for (let arm = 0; arm < arms; arm++) probability[arm] = floor + (1 - arms * floor) * probability[arm]!;
  return probability;
}

/** Rewards of each arm so far, weighted or not. */
export class ThompsonBandit {
  readonly #count: Float64Array; // [arms]
  readonly #sum: Float64Array; // [arms]
  readonly #squares: Float64Array; // [arms]

  constructor(arms: number) {
    this.#count = new Float64Array(arms);
    this.#sum = new Float64Array(arms);
    this.#squares = new Float64Array(arms);
  }

  /** Of rewards that are 0 or 1: how many there were of each arm, and how many were 1. [arms] */
  static ofCounts(counts: Float64Array, ones: Float64Array): ThompsonBandit {
    const bandit = new ThompsonBandit(counts.length);
    bandit.#count.set(counts);
    bandit.#sum.set(ones);
    bandit.#squares.set(ones);
    return bandit;
  }

  learn(action: number, reward: number): void {
    this.#count[action]!++;
    this.#sum[action]! += reward;
    this.#squares[action]! += reward * reward;
  }

  /** Of each arm, none below the floor. [arms] */
  probabilities(floor: number, rng: Rng): Float64Array {
    const all = this.#count.reduce((sum, n) => sum + n, 0);
    const total = this.#sum.reduce((sum, value) => sum + value, 0);
    const squares = this.#squares.reduce((sum, value) => sum + value, 0);
    const mean = all > 0 ? total / all : 0;
    const variance = all > 1 && squares / all > mean * mean ? squares / all - mean * mean : 1;
    // One reward's worth of prior, at the mean of all arms.
    return withFloor(
      shareOfBest(this.#count.length, (arm) => {
        const n = this.#count[arm]! + 1;
        return (this.#sum[arm]! + mean) / n + Math.sqrt(variance / n) * rng.normal();
      }),
      floor,
    );
  }
}

/** How often each arm's draw is the best. [arms] */
export function shareOfBest(arms: number, draw: (arm: number) => number): Float64Array {
  const share = new Float64Array(arms);
  for (let i = 0; i < DRAWS; i++) {
    let best = 0;
    let most = -Infinity;
    for (let arm = 0; arm < arms; arm++) {
      const value = draw(arm);
      if (value <= most) continue;
      most = value;
      best = arm;
    }
    share[best]! += 1 / DRAWS;
  }
  return share;
}
