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
    for (let i = 0; i < features; i++) {
      const input = inputs[row * features + i]!;
      if (input === 0) continue;
      for (let c = 0; c < outputs; c++) left[row * outputs + c]! -= input * coefficients[i * outputs + c]!;
    }
  }
  return left;
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
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < features; i++) {
      const scaled = inputs[row * features + i]! * weights[row]!;
      if (scaled === 0) continue;
      for (let c = 0; c < outputs; c++) cross[i * outputs + c]! += scaled * targets[row * outputs + c]!;
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
