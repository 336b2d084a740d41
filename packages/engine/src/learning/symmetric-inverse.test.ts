import { expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { denseMatrix, invertSymmetric } from './symmetric-inverse.ts';

/** A Gram matrix plus a ridge, so that it is positive definite. */
function randomPositive(size: number, seed: number): Float64Array {
  const rng = new Rng(seed);
  const factor = Float64Array.from({ length: size * size }, () => rng.normal());
  const out = new Float64Array(size * size);
  for (let i = 0; i < size; i++)
    for (let j = 0; j < size; j++) {
      let sum = i === j ? 0.5 * size : 0;
      for (let k = 0; k < size; k++) sum += factor[i * size + k]! * factor[j * size + k]!;
      out[i * size + j] = sum;
    }
  return out;
}

test.each([1, 2, 7, 31, 32, 33, 64, 150])('a matrix of %i rows times its inverse is the identity (seed 3)', (size) => {
  const source = randomPositive(size, 3);
  const matrix = denseMatrix(size);
  for (let i = 0; i < size; i++)
    for (let j = 0; j <= i; j++) matrix.values[i * matrix.stride + j] = source[i * size + j]!;
  invertSymmetric(matrix);
  let worst = 0;
  for (let i = 0; i < size; i++)
    for (let j = 0; j < size; j++) {
      let sum = 0;
      for (let k = 0; k < size; k++) sum += source[i * size + k]! * matrix.values[k * matrix.stride + j]!;
      worst = Math.max(worst, Math.abs(sum - (i === j ? 1 : 0)));
    }
  expect(worst).toBeLessThan(1e-4);
});
