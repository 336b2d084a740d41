/** Sparse numbers in bins: what is not named, features numbered however far apart, and edges learned from a part of many rows. */
import { expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { binAt, binOf, binRows, learnBins } from './binned-matrix.ts';
import type { SparseRows } from './examples.ts';

/** Rows that name some of `features`, each with a number from 0 to 9; a row may name a feature with 0. */
function rowsOf(count: number, features: readonly number[], share: number, seed: number): SparseRows {
  const rng = new Rng(seed);
  const starts = [0];
  const [indices, values]: [number[], number[]] = [[], []];
  for (let row = 0; row < count; row++) {
    for (const feature of features) {
      if (rng.unit() >= share) continue;
      indices.push(feature);
      values.push(rng.below(10));
    }
    starts.push(indices.length);
  }
  return { starts: Int32Array.from(starts), indices: Int32Array.from(indices), values: Float32Array.from(values) };
}

const NEAR = [1, 2, 4, 7];
const FAR = [1, 30_000_000, 900_000_000, 0x7fffffff];

test.each([0.2, 0.9])('each row has the bin of its value or of 0, where rows name %d of the features', (share) => {
  const sparse = rowsOf(200, NEAR, share, 1);
  const numbers = { rows: 200, dense: [Float32Array.from({ length: 200 }, (_, row) => row % 3)], sparse };
  const map = learnBins(numbers, { binsMax: 16, rowsMin: 1 });
  const matrix = binRows(map, numbers);
  for (let row = 0; row < 200; row++) {
    const own = matrix.entries.subarray(matrix.starts[row]!, matrix.starts[row + 1]!);
    expect([...own]).toEqual([...own].sort((a, b) => a - b));
    const named = new Map<number, number>();
    for (let e = sparse.starts[row]!; e < sparse.starts[row + 1]!; e++)
      named.set(sparse.indices[e]!, sparse.values[e]!);
    NEAR.forEach((feature, i) => {
      const expected = matrix.firstBins[1 + i]! + binOf(map, 1 + i, named.get(feature) ?? 0);
      expect(binAt(matrix, row, 1 + i)).toBe(expected);
    });
    expect(binAt(matrix, row, 0)).toBe(binOf(map, 0, row % 3));
  }
});

test('features numbered far apart are binned as those numbered closely', () => {
  const options = { binsMax: 8, rowsMin: 2 };
  const [near, far] = [NEAR, FAR].map((features) => {
    const numbers = { rows: 300, dense: [], sparse: rowsOf(300, features, 0.4, 2) };
    const map = learnBins(numbers, options);
    return { map, matrix: binRows(map, numbers) };
  });
  expect([...far!.map.sparseFeatures]).toEqual(FAR);
  expect(far!.map.edges).toEqual(near!.map.edges);
  expect(far!.matrix.entries).toEqual(near!.matrix.entries);
});

test('of a feature that very many rows name, edges are learned from a part', () => {
  const rows = 250_000;
  const values = Float32Array.from({ length: rows }, (_, row) => 1 + ((row * 7919) % 1000));
  const indices = new Int32Array(rows).fill(3);
  const starts = Int32Array.from({ length: rows + 1 }, (_, row) => row);
  const { edges } = learnBins({ rows, dense: [], sparse: { starts, indices, values } }, { binsMax: 4, rowsMin: 1 });
  expect(edges.length).toBe(3);
  edges.forEach((edge, i) => {
    expect(Math.abs(edge - 250 * (i + 1))).toBeLessThan(10);
  });
});
