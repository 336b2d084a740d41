import { expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { factorKernels } from './factor-kernels.ts';
import { solveSymmetric } from './solve-symmetric.ts';
import { sharedMemory } from './wasm-assembler.ts';

const WIDTH = 16;

function near(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) expect(Math.abs(actual[i]! - expected[i]!)).toBeLessThan(2e-4);
}

function drawn(rng: Rng, count: number): Float32Array {
  return Float32Array.from({ length: count }, () => rng.normal());
}

for (const size of [4, 8, 52])
  test(`a system of ${size} equations is solved as in double precision`, () => {
    const rng = new Rng(size);
    const stride = size + 4;
    const memory = sharedMemory(4 * (size * stride + 2 * size));
    const matrix = new Float32Array(memory.buffer, 0, size * stride);
    const floors = new Float32Array(memory.buffer, 4 * size * stride, size);
    const x = new Float32Array(memory.buffer, 4 * size * (stride + 1), size);
    const root = drawn(rng, size * size);
    const exact = new Float64Array(size * size);
    for (let i = 0; i < size; i++)
      for (let j = 0; j < size; j++)
        for (let k = 0; k < size; k++) exact[i * size + j]! += root[i * size + k]! * root[j * size + k]!;
    const wanted = Float64Array.from(drawn(rng, size));
    for (let i = 0; i < size; i++) {
      exact[i * size + i]! += size;
      matrix.set(exact.subarray(i * size + i, (i + 1) * size), i * stride + i);
      matrix[i * stride + size] = wanted[i]!;
    }
    factorKernels(memory).solve(0, 4 * stride, 4 * size, floors.byteOffset, x.byteOffset);
    solveSymmetric(exact, wanted, size);
    near(x, wanted);
  });

test('squares are added on and above the diagonal, for the vectors that are listed', () => {
  const vectors = drawn(new Rng(1), 5 * WIDTH);
  const memory = sharedMemory(4 * (5 * WIDTH + WIDTH * WIDTH + 3));
  new Float32Array(memory.buffer).set(vectors);
  const sums = new Float32Array(memory.buffer, 4 * 5 * WIDTH, WIDTH * WIDTH);
  const list = new Int32Array(memory.buffer, sums.byteOffset + sums.byteLength, 3);
  const listed = [4, 0, 3];
  list.set(listed.map((vector) => 4 * vector * WIDTH));
  sums.fill(0.5);
  const [from, bytes] = [list.byteOffset, 4 * WIDTH];
  factorKernels(memory).addSquares(sums.byteOffset, bytes, from, from + list.byteLength, bytes, bytes);
  for (let i = 0; i < WIDTH; i++)
    for (let j = i; j < WIDTH; j++) {
      const sum = listed.reduce((all, v) => all + vectors[v * WIDTH + i]! * vectors[v * WIDTH + j]!, 0.5);
      expect(sums[i * WIDTH + j]).toBeCloseTo(sum, 4);
    }
});

for (const size of [0, 1, 4, 9])
  test(`a vector of ${size} entries moves coordinate by coordinate to where its loss is least`, () => {
    const [factors, ridge] = [13, 0.7];
    const rng = new Rng(size + 1);
    const entries = Math.max(4, 4 * Math.ceil(size / 4));
    const others = entries + 1; // the last one is zeros
    const memory = sharedMemory(4 * (WIDTH * (1 + others + WIDTH + entries) + 2 * entries));
    const all = new Float32Array(memory.buffer);
    const pad = (count: number): void => {
      for (let v = 0; v < count; v++) all.set(drawn(rng, factors), v * WIDTH);
    };
    pad(others);
    const gramAt = WIDTH * (1 + others);
    for (let f = 0; f < factors; f++)
      for (let g = 0; g <= f; g++) {
        const value = f === g ? 5 : 0.2 * rng.normal();
        all[gramAt + f * WIDTH + g] = value;
        all[gramAt + g * WIDTH + f] = value;
      }
    const seenAt = gramAt + WIDTH * WIDTH;
    const errorsAt = seenAt + WIDTH * entries;
    const list = new Int32Array(memory.buffer, 4 * (errorsAt + entries), entries);
    for (let e = 0; e < entries; e++) list[e] = 4 * WIDTH * (e < size ? 1 + e : others);
    const own = Float64Array.from(all.subarray(0, WIDTH));
    const q = (e: number, f: number): number => all[WIDTH * (1 + e) + f]!;
    const errors = Array.from({ length: size }, (_, e) => own.reduce((rest, p, f) => rest - p * q(e, f), 1));
    for (let f = 0; f < factors; f++) {
      let [along, squares] = [-ridge * own[f]!, ridge + all[gramAt + f * WIDTH + f]!];
      for (let g = 0; g < factors; g++) along -= all[gramAt + f * WIDTH + g]! * own[g]!;
      errors.forEach((error, e) => {
        along += error * q(e, f);
        squares += q(e, f) ** 2;
      });
      own[f]! += along / squares;
      for (let e = 0; e < size; e++) errors[e]! -= (along / squares) * q(e, f);
    }
    const [from, bytes] = [list.byteOffset, 4 * WIDTH];
    const room = [4 * gramAt, 4 * seenAt, 4 * errorsAt] as const;
    factorKernels(memory).improve(0, from, from + list.byteLength, ...room, bytes, 4 * factors, ridge);
    near(all.subarray(0, WIDTH), own);
  });
