/**
 * Weighted ridge regression with several outputs: the B that minimises Σ_r w_r |y_r − x_r B|² + Σ_i λ_i |B_i|², by the normal
 * equations (X'WX + Λ) B = X'WY and Cholesky's factorisation. For many more rows than features; a feature that is constant or
 * repeats another needs a penalty.
 */
import { assert } from '../base/assert.ts';

export interface RidgeRows {
  readonly rows: number;
  readonly features: number;
  readonly outputs: number;
  readonly inputs: Float64Array; // [rows × features]
  readonly targets: Float64Array; // [rows × outputs]
  readonly weights: Float64Array; // [rows]
}

/** A pivot smaller than this share of the largest diagonal entry is rounding. */
const PIVOT_MIN = 1e-13;

/** The coefficients. [features × outputs] */
export function fitRidge(data: RidgeRows, penalties: Float64Array): Float64Array {
  const { features, outputs } = data;
  assert(penalties.length === features, 'one penalty for each feature', penalties.length);
  const gram = weightedGram(data);
  for (let i = 0; i < features; i++) gram[i * features + i]! += penalties[i]!;
  factorise(gram, features);
  return substitute(gram, weightedCross(data), features, outputs);
}

/** What the coefficients leave unexplained. [rows × outputs] */
export function residuals(data: RidgeRows, coefficients: Float64Array): Float64Array {
  const { rows, features, outputs, inputs } = data;
  const left = data.targets.slice();
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < features; i += 4) {
      const at = row * features + i;
      const block = Math.min(4, features - i);
      const a = -inputs[at]!;
      const b = block > 1 ? -inputs[at + 1]! : 0;
      const c = block > 2 ? -inputs[at + 2]! : 0;
      const d = block > 3 ? -inputs[at + 3]! : 0;
      addRows(left, row * outputs, coefficients, i * outputs, { outputs, block, a, b, c, d });
    }
  }
  return left;
}

interface FourRows {
  readonly outputs: number;
  /** How many of the four there are. */
  readonly block: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
}

/** to += a · from₀ + b · from₁ + c · from₂ + d · from₃: four rows at a time, so that `to` is read and written once for all. */
function addRows(
  to: Float64Array,
  at: number,
  from: Float64Array,
  first: number,
  { outputs, block, a, b, c, d }: FourRows,
): void {
  // A row that is not there is read as the first, times 0.
  const second = block > 1 ? first + outputs : first;
  const third = block > 2 ? second + outputs : first;
  const fourth = block > 3 ? third + outputs : first;
  for (let k = 0; k < outputs; k++)
    to[at + k]! += a * from[first + k]! + b * from[second + k]! + c * from[third + k]! + d * from[fourth + k]!;
}

/** The lower triangle of X'WX, eight rows at a time: each entry is read and written once for eight products. */
function weightedGram({ rows, features: d, inputs, weights }: RidgeRows): Float64Array {
  const gram = new Float64Array(d * d);
  const padded = new Float64Array(8 * d);
  const scaled = new Float64Array(8);
  for (let row = 0; row < rows; row += 8) {
    const block = Math.min(8, rows - row);
    if (block < 8) padded.fill(0);
    padded.set(inputs.subarray(row * d, (row + block) * d));
    for (let i = 0; i < d; i++) {
      for (let k = 0; k < 8; k++) scaled[k] = k < block ? padded[k * d + i]! * weights[row + k]! : 0;
      addProducts(gram, i * d, i, scaled, padded, d);
    }
  }
  return gram;
}

function addProducts(
  gram: Float64Array,
  at: number,
  last: number,
  scaled: Float64Array,
  rows: Float64Array,
  d: number,
): void {
  const [a, b, c, e, f, g, h, l] = scaled as unknown as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  for (let j = 0; j <= last; j++) {
    gram[at + j]! +=
      a * rows[j]! +
      b * rows[d + j]! +
      c * rows[2 * d + j]! +
      e * rows[3 * d + j]! +
      f * rows[4 * d + j]! +
      g * rows[5 * d + j]! +
      h * rows[6 * d + j]! +
      l * rows[7 * d + j]!;
  }
}

function weightedCross({ rows, features, outputs, inputs, targets, weights }: RidgeRows): Float64Array {
  const cross = new Float64Array(features * outputs);
  for (let row = 0; row < rows; row += 4) {
    const block = Math.min(4, rows - row);
    const scaled = (k: number, i: number): number =>
      k < block ? inputs[(row + k) * features + i]! * weights[row + k]! : 0;
    for (let i = 0; i < features; i++) {
      const [a, b, c, d] = [scaled(0, i), scaled(1, i), scaled(2, i), scaled(3, i)];
      addRows(cross, i * outputs, targets, row * outputs, { outputs, block, a, b, c, d });
    }
  }
  return cross;
}

/** Cholesky's factor in place of the lower triangle. */
function factorise(matrix: Float64Array, n: number): void {
  let largest = 0;
  for (let i = 0; i < n; i++) largest = Math.max(largest, matrix[i * n + i]!);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= matrix[i * n + k]! * matrix[j * n + k]!;
      if (i === j) matrix[i * n + i] = Math.sqrt(Math.max(sum, PIVOT_MIN * largest, Number.MIN_VALUE));
      else matrix[i * n + j] = sum / matrix[j * n + j]!;
    }
  }
}

/** Solves L L' B = C in place of C. */
function substitute(factor: Float64Array, right: Float64Array, n: number, outputs: number): Float64Array {
  const subtract = (to: number, from: number, times: number): void => {
    for (let c = 0; c < outputs; c++) right[to * outputs + c]! -= times * right[from * outputs + c]!;
  };
  const divide = (row: number, by: number): void => {
    for (let c = 0; c < outputs; c++) right[row * outputs + c]! /= by;
  };
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) subtract(i, k, factor[i * n + k]!);
    divide(i, factor[i * n + i]!);
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) subtract(i, k, factor[k * n + i]!);
    divide(i, factor[i * n + i]!);
  }
  return right;
}
