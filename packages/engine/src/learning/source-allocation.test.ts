/** Places divided among sources: against all divisions tried out, on pages whose answer is known, and on few pages. */
import { describe, expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { allocateSources, type SourcePage, sharesOf } from './source-allocation.ts';

const page = (
  lists: readonly (readonly number[])[],
  wanted: readonly number[],
  wantedCount = wanted.length,
): SourcePage => ({
  items: 1 + Math.max(0, ...lists.flat()),
  lists: lists.map((list) => Int32Array.from(list)),
  wanted: Int32Array.from(wanted),
  ranking: Int32Array.from({ length: 1 + Math.max(0, ...lists.flat()) }, (_, item) => item),
  wantedCount,
});
/** So many that all are shown. */
const ALL = 1_000;
const coverageOf = (pages: readonly SourcePage[], limits: readonly number[]) => sharesOf(pages, limits, ALL).covered;
const meanOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('coverage', () => {
  test('is the share of what was wanted, each item counted once, and listed or not', () => {
    const pages = [
      page(
        [
          [0, 1, 2],
          [2, 1, 3],
        ],
        [1, 3],
        4,
      ),
    ];
    expect([...coverageOf(pages, [2, 1])]).toEqual([1 / 4]);
    expect([...coverageOf(pages, [0, 3])]).toEqual([2 / 4]);
  });

  test('a later source goes deeper where an earlier one has what it would bring', () => {
    const pages = [
      page(
        [
          [0, 1],
          [0, 1, 2],
        ],
        [2],
      ),
    ];
    expect([...coverageOf(pages, [2, 1])]).toEqual([1]);
    expect([...coverageOf(pages, [0, 1])]).toEqual([0]);
  });
});

/** Of every division of `total` places among three sources, the best coverage. */
function bestOf(pages: readonly SourcePage[], total: number): number {
  let best = 0;
  for (let a = 0; a <= total; a++)
    for (let b = 0; a + b <= total; b++) best = Math.max(best, meanOf(coverageOf(pages, [a, b, total - a - b])));
  return best;
}

test('what is shown is what the ranker puts first of what was brought, without what may not be shown', () => {
  const lists = [
    [0, 1, 2],
    [3, 4],
  ];
  const ranked: SourcePage = { ...page(lists, [2, 4]), ranking: Int32Array.from([3, 2, 0, 4]) };
  const shares = (limits: readonly number[], slots: number) => {
    const { shown, covered } = sharesOf([ranked], limits, slots);
    return [shown[0], covered[0]];
  };
  expect(shares([3, 0], 1)).toEqual([1, 1 / 2]);
  expect(shares([3, 2], 1)).toEqual([0, 1]);
  expect(shares([3, 2], 2)).toEqual([1 / 2, 1]);
  expect(shares([3, 2], 4)).toEqual([1, 1]);
  expect(shares([2, 0], 2)).toEqual([0, 0]);
});

describe('places', () => {
  test.each([1, 2, 3])('are divided nearly as well as can be, seed %i', (seed) => {
    const rng = new Rng(seed);
    const pages = Array.from({ length: 1_000 }, () => {
      const lists = [0, 1, 2].map(() => {
        const order = Array.from({ length: 60 }, (_, item) => ({ item, key: rng.unit() }));
        return order
          .sort((a, b) => a.key - b.key)
          .map(({ item }) => item)
          .slice(0, 20);
      });
      // Each source knows something of what is wanted: how much, and how near to its top, differs.
      const wanted = new Set([lists[0]![rng.below(4)]!, lists[1]![rng.below(12)]!]);
      if (rng.unit() < 0.4) wanted.add(lists[2]![Math.floor(20 * rng.unit() ** 2)]!);
      return page(lists, [...wanted]);
    });
    const limits = allocateSources({ pages, own: [8, 8, 8], floors: [0, 0, 0], slots: ALL });
    expect(limits.reduce((sum, limit) => sum + limit, 0)).toBe(24);
    const best = bestOf(pages, 24);
    expect(meanOf(coverageOf(pages, limits))).toBeGreaterThan(0.99 * best);
    expect(meanOf(coverageOf(pages, [8, 8, 8]))).toBeLessThan(0.97 * best);
  });

  /** The first source has it all, at its 30th place. */
  const late = (n: number): SourcePage[] => {
    const lists = [0, 1].map((source) => Array.from({ length: 40 }, (_, i) => 40 * source + i));
    return Array.from({ length: n }, () => page(lists, [29]));
  };

  test('stay near those set by hand where pages are few', () => {
    const own = [20, 20];
    expect(allocateSources({ pages: late(2_000), own, floors: [0, 0], slots: ALL })[0]).toBeGreaterThanOrEqual(30);
    const few = allocateSources({ pages: late(5), own, floors: [0, 0], slots: ALL })[0]!;
    expect(few).toBeGreaterThanOrEqual(20);
    expect(few).toBeLessThan(24);
  });

  test('are kept for sources that have a floor', () => {
    const limits = allocateSources({ pages: late(2_000), own: [30, 10], floors: [0, 9], slots: ALL });
    expect(limits).toEqual([31, 9]);
  });

  test('go to what is shown before they go to what is only brought', () => {
    // One thing that either source brings is wanted each time: the first source's is ranked first, the second's last of all.
    const pages = Array.from({ length: 1_000 }, (_, i) =>
      page(
        [
          [0, 1, 2],
          [3, 4, 5],
        ],
        [i % 2 === 0 ? 2 : 5],
      ),
    );
    const limits = allocateSources({ pages, own: [2, 2], floors: [0, 0], slots: 3 });
    expect(limits[0]).toBeGreaterThanOrEqual(3);
  });

  test('are given to a new source only where it brings something', () => {
    const rich = Array.from({ length: 1_000 }, () =>
      page(
        [
          [0, 1],
          [2, 3],
        ],
        [3],
      ),
    );
    expect(allocateSources({ pages: rich, own: [4, 0], floors: [0, 0], slots: ALL })[1]).toBeGreaterThanOrEqual(2);
    const poor = Array.from({ length: 1_000 }, (_, i) =>
      page(
        [
          [0, 1],
          [2, 3],
        ],
        [i === 0 ? 3 : 0],
      ),
    );
    expect(allocateSources({ pages: poor, own: [4, 0], floors: [0, 0], slots: ALL })).toEqual([4, 0]);
  });

  test('are left empty where more candidates gain less than they cost', () => {
    // Half of the pages want the first thing of a source, and a hundredth of them its 20th.
    const lists = [0, 1].map((source) => Array.from({ length: 40 }, (_, i) => 40 * source + i));
    const pages = Array.from({ length: 1_000 }, (_, i) => page(lists, [i % 100 === 0 ? 19 : i % 2]));
    const problem = { pages, own: [30, 30], floors: [0, 4], slots: ALL };
    expect(allocateSources(problem).reduce((sum, limit) => sum + limit, 0)).toBe(60);
    const dear = allocateSources({ ...problem, cost: 0.01 });
    expect(dear[0]).toBeLessThan(5);
    expect(dear[1]).toBeLessThanOrEqual(5);
    const cheap = allocateSources({ ...problem, cost: 0.0001 });
    expect(cheap[0]).toBeGreaterThanOrEqual(20);
    expect(cheap[1]).toBeLessThanOrEqual(5);
  });

  test('are not given to a source that is not worth asking', () => {
    const lists = [0, 1].map((source) => Array.from({ length: 40 }, (_, i) => 40 * source + i));
    const pages = Array.from({ length: 1_000 }, (_, i) => page(lists, [i % 50 === 0 ? 40 : 0]));
    const problem = { pages, own: [30, 30], floors: [0, 0], slots: ALL };
    expect(allocateSources({ ...problem, cost: 0.0001 })[1]).toBeGreaterThan(0);
    expect(allocateSources({ ...problem, cost: 0.001 })[1]).toBe(0);
  });
});
