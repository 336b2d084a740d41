/**
 * A linear regression on few of many blocks of columns, as a sum of single effects (SuSiE: Wang, Sarkar, Carbonetto & Stephens, JRSS B 2020):
 *
 *     β = Σ_l β_l,   each β_l lives in one block, which is not known;  β_l | block ~ N(0, s² I)
 *
 * Given the others, the posterior of a single effect is exact: α_b ∝ π_b · N-evidence of block b, and a ridge regression in each block. They are
 * gone through in turn until nothing moves. Blocks that explain nothing get next to no weight, which no penalty on all columns at once does.
 */
import { solveSymmetric } from '../learning/solve-symmetric.ts';

/** Of columns x and target y with noise of variance 1: X'X and X'y. */
export interface Moments {
  readonly size: number;
  readonly gram: Float64Array; // [size × size]
  readonly cross: Float64Array; // [size]
}

export interface CandidateBlock {
  readonly at: number;
  readonly size: number;
  /** How likely a single effect is to live there; sums to 1 over blocks. */
  readonly prior: number;
  /** Standard deviation of its coefficients. */
  readonly slab: number;
}

export interface SingleEffects {
  readonly coefficients: Float64Array; // [size]
  /** How likely it is that any of the effects lives in the block. [blocks] */
  readonly included: Float64Array;
}

const ROUNDS_MAX = 50;
/** Of the largest coefficient: nothing moves any more. */
const MOVE_MIN = 1e-4;

export function fitSingleEffects(moments: Moments, blocks: readonly CandidateBlock[], effects: number): SingleEffects {
  const { size, gram, cross } = moments;
  const prepared = blocks.map((block) => evidenceOf(block, moments));
  const single = Array.from({ length: effects }, () => new Float64Array(size));
  const inBlock = Array.from({ length: effects }, () => new Float64Array(blocks.length));
  const left = cross.slice(); // X'(y − X Σ β_l)
  const before = new Float64Array(size);
  for (let round = 0; round < ROUNDS_MAX; round++) {
    let moved = 0;
    let largest = 0;
    single.forEach((beta, l) => {
      before.set(beta);
      addProduct(left, gram, beta, 1);
      posterior(prepared, left, beta, inBlock[l]!);
      addProduct(left, gram, beta, -1);
      for (let i = 0; i < size; i++) {
        moved = Math.max(moved, Math.abs(beta[i]! - before[i]!));
        largest = Math.max(largest, Math.abs(beta[i]!));
      }
    });
    if (moved <= MOVE_MIN * largest) break;
  }
  const coefficients = new Float64Array(size);
  for (const beta of single) for (let i = 0; i < size; i++) coefficients[i]! += beta[i]!;
  const included = new Float64Array(blocks.length).map(
    (_, b) => 1 - inBlock.reduce((none, alpha) => none * (1 - alpha[b]!), 1),
  );
  return { coefficients, included };
}

interface Prepared extends CandidateBlock {
  /** (X_b'X_b + I / s²)⁻¹ */
  readonly covariance: Float64Array; // [size × size]
  readonly logPrior: number;
}

/** The part of a block's evidence that no target changes. */
function evidenceOf(block: CandidateBlock, { size, gram }: Moments): Prepared {
  const n = block.size;
  const precision = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++)
      precision[i * n + j] = gram[(block.at + i) * size + block.at + j]! + (i === j ? 1 / block.slab ** 2 : 0);
  const covariance = new Float64Array(n * n);
  let logDeterminant = n * Math.log(block.slab ** 2);
  for (let k = 0; k < n; k++) {
    const factor = precision.slice();
    const unit = new Float64Array(n);
    unit[k] = 1;
    solveSymmetric(factor, unit, n);
    covariance.set(unit, k * n);
    if (k === 0) for (let i = 0; i < n; i++) logDeterminant += 2 * Math.log(factor[i * n + i]!);
  }
  return { ...block, covariance, logPrior: Math.log(block.prior) - logDeterminant / 2 };
}

/** The single effect that explains what is left: `beta` and `alpha` are written. */
function posterior(blocks: readonly Prepared[], left: Float64Array, beta: Float64Array, alpha: Float64Array): void {
  const means = blocks.map(({ at, size, covariance }) => {
    const mean = new Float64Array(size);
    addProduct(mean, covariance, left.subarray(at, at + size), 1);
    return mean;
  });
  blocks.forEach(({ at, logPrior }, b) => {
    alpha[b] = logPrior + means[b]!.reduce((sum, value, i) => sum + value * left[at + i]!, 0) / 2;
  });
  const top = alpha.reduce((most, one) => Math.max(most, one), Number.NEGATIVE_INFINITY);
  let total = 0;
  for (let b = 0; b < alpha.length; b++) total += alpha[b] = Math.exp(alpha[b]! - top);
  beta.fill(0);
  blocks.forEach(({ at }, b) => {
    alpha[b]! /= total;
    means[b]!.forEach((value, i) => {
      beta[at + i]! += alpha[b]! * value;
    });
  });
}

/** out += times · matrix · vector */
function addProduct(out: Float64Array, matrix: Float64Array, vector: Float64Array, times: number): void {
  const n = out.length;
  for (let j = 0; j < n; j++) {
    const x = times * vector[j]!;
    if (x === 0) continue;
    for (let i = 0; i < n; i++) out[i]! += x * matrix[j * n + i]!;
  }
}
