/** Ranking of many documents: settings are chosen on some of the queries, and the order is learned all the same. */
import { expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import type { RankingTable } from '../learning/ranking-trees.ts';
import { evaluateRanking } from './evaluate-ltr.ts';

const DOCUMENTS = 8;

/** `gradeOf` tells the grade of a document by its numbers, which are even from 0 to 1. */
function world(queries: number, seed: number, columns: number, gradeOf: (cells: number[]) => number): RankingTable {
  const rng = new Rng(seed);
  const rows = queries * DOCUMENTS;
  const dense = Array.from({ length: columns }, () => Float32Array.from({ length: rows }, () => rng.unit()));
  return {
    numbers: { rows, dense },
    grades: Uint8Array.from({ length: rows }, (_, row) => gradeOf(dense.map((column) => column[row]!))),
    groups: Int32Array.from({ length: queries + 1 }, (_, query) => query * DOCUMENTS),
  };
}

/** Grades rise with the first of two numbers. */
const rising = (queries: number, seed: number): RankingTable =>
  world(queries, seed, 2, ([tells]) => Math.floor(4 * tells!));

test('of a large file, settings are chosen on twice the cells of a small one, with trees until they help no more', () => {
  const done: number[] = [];
  const onProgress = (n: number, all: number, what: string): void => {
    if (what === 'choosing settings') done.push(n / all);
  };
  const quality = evaluateRanking(rising(300, 1), rising(50, 2), { seeds: 1, largeCells: 1000, onProgress });
  expect(done).toEqual([1 / 4, 2 / 4, 3 / 4]);
  expect(quality.ndcg['10']).toBeGreaterThan(0.99);
  expect(quality.leaves).toBeGreaterThanOrEqual(16);
  expect(quality.rounds).toBeLessThan(380);
});

test('of few columns that tell only together, trees see as many as they need, and are as many', () => {
  const together = ([a, b, c]: number[]): number => [a!, b!, c!].filter((x) => x > 0.5).length % 2;
  const quality = evaluateRanking(world(150, 1, 8, together), world(100, 2, 8, together), {
    seeds: 1,
    largeCells: 5000,
  });
  expect(quality.columnShare).toBeGreaterThan(0.3);
  expect(quality.ndcg['10']).toBeGreaterThan(0.9);
});
