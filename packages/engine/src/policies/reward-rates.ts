/**
 * Expected rewards of actions at positions, without context: each action's mean is drawn towards the mean of all as far as chance
 * alone would explain their spread (empirical Bayes, as DerSimonian & Laird's random effects), and multiplied by its position's factor.
 *
 *   q(a, k) = f_k · (m + B_a (r_a − m)),   B_a = τ² / (τ² + s² / n_a)
 *
 * Cross-fitted: rows of one fold are predicted from the others.
 */
import { dealFolds } from '../learning/folds.ts';
import type { BanditLog, ExpectedRewards } from './bandit-log.ts';

interface Rates {
  /** [positions × actions] */
  readonly expected: Float64Array;
}

export function crossFittedRates(log: BanditLog, { folds, seed }: { folds: number; seed: number }): ExpectedRewards {
  const dealt = dealFolds(log.rows, folds, seed);
  const fitted = Array.from({ length: folds }, (_, fold) => ratesOf(log, (row) => dealt[row] !== fold));
  const { actions } = log;
  return (row, out) => {
    const from = log.position[row]! * actions;
    out.set(fitted[dealt[row]!]!.expected.subarray(from, from + actions));
  };
}

function ratesOf(log: BanditLog, taken: (row: number) => boolean): Rates {
  const { rows, actions, positions } = log;
  const counts = new Float64Array(actions);
  const sums = new Float64Array(actions);
  const byPosition = { rows: new Float64Array(positions), sum: new Float64Array(positions) };
  let all = 0;
  let total = 0;
  let squares = 0;
  for (let row = 0; row < rows; row++) {
    if (!taken(row)) continue;
    const reward = log.reward[row]!;
    counts[log.action[row]!]!++;
    sums[log.action[row]!]! += reward;
    byPosition.rows[log.position[row]!]!++;
    byPosition.sum[log.position[row]!]! += reward;
    all++;
    total += reward;
    squares += reward * reward;
  }
  const mean = all > 0 ? total / all : 0;
  const variance = all > 1 ? Math.max(0, (squares - all * mean * mean) / (all - 1)) : 0;
  const spread = betweenVariance(counts, sums, mean, variance);
  const rate = Float64Array.from(counts, (n, a) => {
    if (n === 0 || spread === 0) return mean;
    return mean + (spread / (spread + variance / n)) * (sums[a]! / n - mean);
  });
  const expected = new Float64Array(positions * actions);
  for (let k = 0; k < positions; k++) {
    const n = byPosition.rows[k]!;
    // A position's own mean counts by its rows, against as many rows as a reward is rare.
    const prior = mean !== 0 ? variance / (mean * mean) : 1;
    const factor = mean === 0 ? 1 : (byPosition.sum[k]! + prior * mean) / (n + prior) / mean;
    for (let a = 0; a < actions; a++) expected[k * actions + a] = factor * rate[a]!;
  }
  return { expected };
}

/** τ² by the method of moments: what the actions' means spread more than chance makes them. */
function betweenVariance(counts: Float64Array, sums: Float64Array, mean: number, variance: number): number {
  if (variance === 0) return 0;
  let q = 0;
  let weight = 0;
  let weightSquares = 0;
  let seen = 0;
  counts.forEach((n, a) => {
    if (n === 0) return;
    const w = n / variance;
    q += w * (sums[a]! / n - mean) ** 2;
    weight += w;
    weightSquares += w * w;
    seen++;
  });
  const scale = weight - weightSquares / weight;
  return scale > 0 ? Math.max(0, (q - (seen - 1)) / scale) : 0;
}
