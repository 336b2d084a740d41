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

test('of few queries, settings are compared over several deals, and each has its say, for which is best is chance', () => {
  const noisy = (queries: number, seed: number): RankingTable => {
    const rng = new Rng(1000 + seed);
    const grade = ([a, b, c, d]: number[]): number =>
      Math.max(
        0,
        Math.min(4, Math.floor(2 * a! + 2 * Math.abs(b! - 0.5) + 3 * (c! - 0.5) * (d! - 0.5) + 1.2 * rng.normal())),
      );
    return world(queries, seed, 8, grade);
  };
  const steps: number[] = [];
  const quality = evaluateRanking(noisy(30, 3), noisy(400, 4), {
    seeds: 2,
    onProgress: (_, all) => steps.push(all),
  });
  expect(quality.bags).toBeGreaterThanOrEqual(6);
  expect(steps.at(-1)! % 2).toBe(0);
  // One deal and one forest come to .767.
  expect(quality.ndcg['10']).toBeGreaterThan(0.775);
});

test('queries whose documents are all alike are no folds to learn from, and few documents are ranked all the same', () => {
  const partly = (queries: number): RankingTable => {
    const table = rising(12, 1);
    return { ...table, grades: table.grades.map((grade, row) => (row < queries * DOCUMENTS ? grade : 1)) };
  };
  for (const queries of [1, 2])
    expect(evaluateRanking(partly(queries), rising(50, 2), { seeds: 1 }).ndcg['10']).toBeGreaterThan(0.85);
  expect(() => evaluateRanking(partly(0), rising(50, 2), { seeds: 1 })).toThrow(/no query has documents of different/);
  expect(evaluateRanking(rising(5, 1), rising(50, 2), { seeds: 1 }).ndcg['10']).toBeGreaterThan(0.95);
});
