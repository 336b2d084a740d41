/** Histogram trees against splits found by brute force over the raw values. */
import { describe, expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { binAt, binOf, binRows, learnBins } from './binned-matrix.ts';
import type { SparseRows } from './examples.ts';
import { type GrowthOptions, type Tree, TreeGrower } from './tree-grower.ts';

const STUMP: GrowthOptions = {
  leavesMax: 2,
  depthMax: 64,
  rowsMin: 3,
  hessianMin: 0,
  l2: 0.5,
  gainMin: 0,
  randomCuts: false,
};
const ROWS = 60;

/** Values of few levels, some missing. */
function someColumns(rng: Rng): Float32Array[] {
  return Array.from({ length: 4 }, (_, column) =>
    Float32Array.from({ length: ROWS }, () => (rng.unit() < 0.15 ? Number.NaN : rng.below(3 + 4 * column) / 2)),
  );
}

const all = (n: number): Int32Array => Int32Array.from({ length: n }, (_, i) => i);

function grow(columns: readonly Float32Array[], g: Float64Array, h: Float64Array, options: GrowthOptions) {
  const map = learnBins({ rows: ROWS, dense: columns }, { binsMax: 255, rowsMin: 1 });
  const matrix = binRows(map, { rows: ROWS, dense: columns });
  const grower = new TreeGrower(matrix, options);
  const tree = grower.grow(all(ROWS), all(columns.length), g, h, new Rng(1));
  const leaves = new Int32Array(ROWS).fill(-1);
  grower.eachRow((row, leaf) => {
    leaves[row] = leaf;
  });
  return { tree, leaves };
}

/** The largest gain of parting rows by a threshold, the missing on either side. */
function bruteGain(columns: readonly Float32Array[], rows: Int32Array, g: Float64Array, h: Float64Array): number {
  const { l2, rowsMin } = STUMP;
  const score = (some: Int32Array): number =>
    some.reduce((sum, row) => sum + g[row]!, 0) ** 2 / (some.reduce((sum, row) => sum + h[row]!, 0) + l2);
  let best = 0;
  for (const column of columns) {
    for (const threshold of new Set(column)) {
      for (const missingLeft of [false, true]) {
        const goesLeft = (row: number): boolean =>
          Number.isNaN(column[row]!) ? missingLeft : Number.isNaN(threshold) ? false : column[row]! <= threshold;
        const left = rows.filter(goesLeft);
        const right = rows.filter((row) => !goesLeft(row));
        if (left.length < rowsMin || right.length < rowsMin) continue;
        best = Math.max(best, score(left) + score(right) - score(rows));
      }
    }
  }
  return best;
}

function gainOf(leaves: Int32Array, g: Float64Array, h: Float64Array): number {
  const { l2 } = STUMP;
  const score = (leaf: number): number => {
    let [G, H] = [0, 0];
    leaves.forEach((one, row) => {
      if (leaf >= 0 && one !== leaf) return;
      G += g[row]!;
      H += h[row]!;
    });
    return G ** 2 / (H + l2);
  };
  return score(0) + score(1) - score(-1);
}

describe('a tree', () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])('parts rows as well as any threshold on any column can (seed %i)', (seed) => {
    const rng = new Rng(seed);
    const columns = someColumns(rng);
    const g = Float64Array.from({ length: ROWS }, () => rng.normal());
    const h = Float64Array.from({ length: ROWS }, () => 0.1 + rng.unit());
    const { leaves } = grow(columns, g, h, STUMP);
    expect(gainOf(leaves, g, h)).toBeCloseTo(bruteGain(columns, all(ROWS), g, h), 8);
  });

  test.each([11, 12, 13])('leaves hold −G/(H + λ), and enough rows; every row lies in one (seed %i)', (seed) => {
    const rng = new Rng(seed);
    const columns = someColumns(rng);
    const g = Float64Array.from({ length: ROWS }, () => rng.normal());
    const h = Float64Array.from({ length: ROWS }, () => 0.1 + rng.unit());
    const { tree, leaves } = grow(columns, g, h, { ...STUMP, leavesMax: 8 });
    expect(tree.values.length).toBeGreaterThan(3);
    tree.values.forEach((value, leaf) => {
      const rows = all(ROWS).filter((row) => leaves[row] === leaf);
      const sum = (of: Float64Array): number => rows.reduce((total, row) => total + of[row]!, 0);
      expect(rows.length).toBeGreaterThanOrEqual(STUMP.rowsMin);
      expect(value).toBeCloseTo(-sum(g) / (sum(h) + STUMP.l2), 10);
    });
    expect(leaves.includes(-1)).toBe(false);
  });

  test('the second split is the best of both children: histograms by subtraction are right', () => {
    const rng = new Rng(21);
    const columns = someColumns(rng);
    const g = Float64Array.from({ length: ROWS }, () => rng.normal());
    const h = new Float64Array(ROWS).fill(1);
    const first = grow(columns, g, h, STUMP).leaves;
    const second = grow(columns, g, h, { ...STUMP, leavesMax: 3 }).leaves;
    const split = [0, 1].find((leaf) => new Set(second.filter((_, row) => first[row] === leaf)).size === 2)!;
    const gains = [0, 1].map((leaf) =>
      bruteGain(
        columns,
        all(ROWS).filter((row) => first[row] === leaf),
        g,
        h,
      ),
    );
    expect(gains[split]).toBeCloseTo(Math.max(...gains), 8);
  });

  test('without anything to gain it is one leaf', () => {
    const { tree } = grow(someColumns(new Rng(5)), new Float64Array(ROWS), new Float64Array(ROWS).fill(1), STUMP);
    expect([tree.columns.length, [...tree.values]]).toEqual([0, [-0]]);
  });

  test('cuts by chance come from the seed', () => {
    const rng = new Rng(31);
    const columns = someColumns(rng);
    const g = Float64Array.from({ length: ROWS }, () => rng.normal());
    const h = new Float64Array(ROWS).fill(1);
    const map = learnBins({ rows: ROWS, dense: columns }, { binsMax: 255, rowsMin: 1 });
    const grower = new TreeGrower(binRows(map, { rows: ROWS, dense: columns }), {
      ...STUMP,
      leavesMax: 6,
      randomCuts: true,
    });
    const one = (seed: number): Tree => grower.grow(all(ROWS), all(4), g, h, new Rng(seed));
    expect(one(1)).toEqual(one(1));
    expect([2, 3, 4, 5].some((seed) => one(seed).cuts.join() !== one(1).cuts.join())).toBe(true);
  });
});

describe('bins', () => {
  test('few levels get a bin each; values between and beyond fall to the nearest range', () => {
    const map = learnBins({ rows: 5, dense: [Float32Array.of(1, 2, 2, 4, Number.NaN)] }, { binsMax: 10, rowsMin: 1 });
    expect([...map.edges]).toEqual([1.5, 3]);
    expect([Number.NaN, -9, 1, 1.5, 2, 3.5, 99].map((value) => binOf(map, 0, value))).toEqual([0, 1, 1, 1, 2, 3, 3]);
    expect([...map.defaults]).toEqual([2]);
  });

  test('many values get bins of about equally many rows', () => {
    const rng = new Rng(3);
    const values = Float32Array.from({ length: 10_000 }, () => rng.exponential());
    const map = learnBins({ rows: values.length, dense: [values] }, { binsMax: 16, rowsMin: 1 });
    const counts = new Int32Array(17);
    for (const value of values) counts[binOf(map, 0, value)]!++;
    expect(Math.min(...counts.slice(1))).toBeGreaterThan(600);
    expect(Math.max(...counts)).toBeLessThan(650);
  });

  test.each([1, 2, 3])('sparse rows bin as the same rows written out (seed %i)', (seed) => {
    const rng = new Rng(seed);
    const dense = Array.from({ length: 3 }, (_, column) =>
      Float32Array.from({ length: 50 }, () => (rng.unit() < 0.2 + 0.3 * column ? 0 : rng.below(5) - 2)),
    );
    const [starts, indices, values]: number[][] = [[0], [], []];
    for (let row = 0; row < 50; row++) {
      for (let column = 0; column < 3; column++) {
        if (dense[column]![row] === 0) continue;
        indices!.push(7 * column);
        values!.push(dense[column]![row]!);
      }
      starts!.push(indices!.length);
    }
    const sparse: SparseRows = {
      starts: Int32Array.from(starts!),
      indices: Int32Array.from(indices!),
      values: Float32Array.from(values!),
    };
    const options = { binsMax: 4, rowsMin: 1 };
    const one = { rows: 50, dense };
    const other = { rows: 50, dense: [], sparse };
    const [a, b] = [binRows(learnBins(one, options), one), binRows(learnBins(other, options), other)];
    expect([...b.map.sparseFeatures]).toEqual([0, 7, 14]);
    for (let row = 0; row < 50; row++)
      for (let column = 0; column < 3; column++) expect(binAt(b, row, column)).toBe(binAt(a, row, column));
    expect(b.map.edges).toEqual(a.map.edges);
  });
});

test('rows read by column make the same tree as rows read entry by entry', () => {
  const rng = new Rng(9);
  const columns = someColumns(rng);
  const g = Float64Array.from({ length: ROWS }, () => rng.normal());
  const h = Float64Array.from({ length: ROWS }, () => 0.5 + rng.unit());
  // Columns of one value leave nothing in the rows but make them look sparse.
  const constant = Array.from({ length: 40 }, () => new Float32Array(ROWS));
  const options = { ...STUMP, leavesMax: 6 };
  expect(grow([...columns, ...constant], g, h, options)).toEqual(grow(columns, g, h, options));
});
