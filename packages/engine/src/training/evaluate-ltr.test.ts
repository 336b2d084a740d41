/** Ranking of many documents: settings are chosen on some of the queries, and the order is learned all the same. */
import { expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import type { RankingTable } from '../learning/ranking-trees.ts';
import { evaluateRanking } from './evaluate-ltr.ts';

const DOCUMENTS = 8;

/** Grades rise with the first of two numbers. */
function world(queries: number, seed: number): RankingTable {
  const rng = new Rng(seed);
  const rows = queries * DOCUMENTS;
  const tells = Float32Array.from({ length: rows }, () => rng.unit());
  const idle = Float32Array.from({ length: rows }, () => rng.unit());
  return {
    numbers: { rows, dense: [tells, idle] },
    grades: Uint8Array.from(tells, (x) => Math.floor(4 * x)),
    groups: Int32Array.from({ length: queries + 1 }, (_, query) => query * DOCUMENTS),
  };
}

test('of a large file, settings are chosen on twice the cells of a small one, with trees until they help no more', () => {
  const done: number[] = [];
  const onProgress = (n: number, all: number, what: string): void => {
    if (what === 'choosing settings') done.push(n / all);
  };
  const quality = evaluateRanking(world(300, 1), world(50, 2), { seeds: 1, largeCells: 1000, onProgress });
  expect(done).toEqual([1 / 3, 2 / 3, 1]);
  expect(quality.ndcg['10']).toBeGreaterThan(0.99);
  expect(quality.leaves).toBeGreaterThanOrEqual(16);
  expect(quality.rounds).toBeLessThan(380);
});
