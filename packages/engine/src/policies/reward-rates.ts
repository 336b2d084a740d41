/**
 * Expected rewards of actions at positions: each action's mean is drawn towards the mean of all as far as chance
 * alone would explain their spread (empirical Bayes, as DerSimonian & Laird's random effects), and multiplied by its position's factor.
 * Both are fitted in turn, so that actions that were good enough for good positions do not count twice.
 * Where the log tells of contexts, an action's mean in one is drawn towards its mean over all in the same way.
 *
 *   q(a, k) = f_k · q_a,   q_a = m + B_a (r_a − m),   B_a = τ² / (τ² + s² / n_a);   q_xa = q_a + B_xa (r_xa − q_a)
 *
 * Cross-fitted: rows of one fold are predicted from the others.
 */
import { dealFolds } from '../learning/folds.ts';
import type { BanditLog, ExpectedRewards } from './bandit-log.ts';

interface Rates {
  /** [contexts × actions] */
  readonly rate: Float64Array;
  /** [positions] */
  readonly factor: Float64Array;
}

export function crossFittedRates(log: BanditLog, { folds, seed }: { folds: number; seed: number }): ExpectedRewards {
  const dealt = dealFolds(log.rows, folds, seed);
  const fitted = Array.from({ length: folds }, (_, fold) => ratesOf(log, (row) => dealt[row] !== fold));
  const { actions } = log;
  return (row, out) => {
    const { rate, factor } = fitted[dealt[row]!]!;
    const from = (log.context?.[row] ?? 0) * actions;
    for (let a = 0; a < actions; a++) out[a] = factor[log.position[row]!]! * rate[from + a]!;
  };
}

/** Rates and factors in turn: good actions at good positions are not to count twice. */
const ROUNDS = 20;

function ratesOf(log: BanditLog, taken: (row: number) => boolean): Rates {
  const { actions, positions, contexts = 1 } = log;
  const { rows, sums, sumAt, mean, variance } = totalsOf(log, taken);
  const factor = new Float64Array(positions).fill(1);
  let rate: Float64Array = new Float64Array(contexts * actions);
  // A position's own rewards count against as many rows as a reward is rare.
  const prior = mean === 0 ? 0 : variance / Math.abs(mean);
  for (let round = 0; round < ROUNDS; round++) {
    const counts = new Float64Array(contexts * actions);
    for (const row of rows) counts[cellOf(log, row)]! += factor[log.position[row]!]!;
    const own = { counts, sums };
    const level = (mean * rows.length) / counts.reduce((sum, n) => sum + n, 0);
    const overall = shrunken(overContexts(own, actions), () => level, variance);
    rate = contexts === 1 ? overall : shrunken(own, (cell) => overall[cell % actions]!, variance);
    if (mean <= 0) break;
    const expectedAt = new Float64Array(positions);
    for (const row of rows) expectedAt[log.position[row]!]! += rate[cellOf(log, row)]!;
    for (let k = 0; k < positions; k++)
      factor[k] = Math.max(FACTOR_MIN, (sumAt[k]! + prior) / (Math.max(0, expectedAt[k]!) + prior));
  }
  return { rate, factor };
}

const FACTOR_MIN = 1e-3;

const cellOf = ({ context, action, actions }: BanditLog, row: number): number =>
  (context?.[row] ?? 0) * actions + action[row]!;

function totalsOf(log: BanditLog, taken: (row: number) => boolean) {
  const rows: number[] = [];
  const sums = new Float64Array((log.contexts ?? 1) * log.actions);
  const sumAt = new Float64Array(log.positions);
  let [total, squares] = [0, 0];
  for (let row = 0; row < log.rows; row++) {
    if (!taken(row)) continue;
    const reward = log.reward[row]!;
    rows.push(row);
    sums[cellOf(log, row)]! += reward;
    sumAt[log.position[row]!]! += reward;
    total += reward;
    squares += reward * reward;
  }
  const n = rows.length;
  const mean = n > 0 ? total / n : 0;
  const variance = n > 1 ? Math.max(0, (squares - n * mean * mean) / (n - 1)) : 0;
  return { rows, sums, sumAt, mean, variance };
}

interface Counts {
  readonly counts: Float64Array;
  readonly sums: Float64Array;
}

function overContexts({ counts, sums }: Counts, actions: number): Counts {
  if (counts.length === actions) return { counts, sums };
  const over = { counts: new Float64Array(actions), sums: new Float64Array(actions) };
  counts.forEach((n, cell) => {
    over.counts[cell % actions]! += n;
    over.sums[cell % actions]! += sums[cell]!;
  });
  return over;
}

/** Means of cells, drawn towards what is expected of them. */
function shrunken({ counts, sums }: Counts, expected: (cell: number) => number, variance: number): Float64Array {
  const spread = betweenVariance({ counts, sums }, expected, variance);
  return Float64Array.from(counts, (n, cell) => {
    const towards = expected(cell);
    if (n === 0 || spread === 0) return towards;
    return towards + (spread / (spread + variance / n)) * (sums[cell]! / n - towards);
  });
}

/** τ² by the method of moments: what the means of cells spread more than chance makes them. */
function betweenVariance({ counts, sums }: Counts, expected: (cell: number) => number, variance: number): number {
  if (variance === 0) return 0;
  let q = 0;
  let weight = 0;
  let weightSquares = 0;
  let seen = 0;
  counts.forEach((n, cell) => {
    if (n === 0) return;
    const w = n / variance;
    q += w * (sums[cell]! / n - expected(cell)) ** 2;
    weight += w;
    weightSquares += w * w;
    seen++;
  });
  const scale = weight - weightSquares / weight;
  return scale > 0 ? Math.max(0, (q - (seen - 1)) / scale) : 0;
}
