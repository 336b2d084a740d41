/** One system of linear equations with a symmetric positive definite matrix, by Cholesky: for the small ones of a loop. */

/** Of the diagonal's entry: a pivot that rounding, or entries left out of the matrix, have brought below is taken as this. */
const PIVOT_MIN = 1e-4;

/** Solves A x = b for the lower triangle of A by Cholesky, in place: `b` becomes x. [size × size], [size] */
export function solveSymmetric(a: Float64Array, b: Float64Array, size: number): void {
  for (let i = 0; i < size; i++) {
    const row = i * size;
    for (let j = 0; j <= i; j++) {
      const other = j * size;
      const entry = a[row + j]!;
      let sum = entry;
      for (let k = 0; k < j; k++) sum -= a[row + k]! * a[other + k]!;
      a[row + j] = i === j ? Math.sqrt(Math.max(sum, PIVOT_MIN * entry, Number.MIN_VALUE)) : sum / a[other + j]!;
    }
    let sum = b[i]!;
    for (let k = 0; k < i; k++) sum -= a[row + k]! * b[k]!;
    b[i] = sum / a[row + i]!;
  }
  for (let i = size - 1; i >= 0; i--) {
    b[i]! /= a[i * size + i]!;
    for (let k = 0; k < i; k++) b[k]! -= a[i * size + k]! * b[i]!;
  }
}
