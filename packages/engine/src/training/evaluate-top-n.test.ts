import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { readInteractions } from '../intake/interaction-file.ts';
import { BlendedRecommender } from '../learning/blended-recommender.ts';
import { fitEase } from '../learning/ease.ts';
import { fitPopularity } from '../learning/popularity.ts';
import { rowSize, sparseMatrix } from '../learning/sparse-matrix.ts';
import { casesOf, fitTopN, numbered } from './evaluate-top-n.ts';
import { holdOut } from './hold-out.ts';
import { judgeSlice } from './judge-lists.ts';
import { searchPlan } from './search-plan.ts';

const DATA = process.env['RIALTO_DATA'] ?? fileURLToPath(new URL('../../../../../shared/data', import.meta.url));
const HERE = { k: 5, seed: 1, threads: 0 };

/** Buyers like one of two groups of 20 items; 8 items each to train on, 4 others to find. */
function world(buyers = 60, seed = 2) {
  const rng = new Rng(seed);
  const train: { users: string[]; items: string[] } = { users: [], items: [] };
  const test: { users: string[]; items: string[] } = { users: [], items: [] };
  for (let buyer = 0; buyer < buyers; buyer++) {
    const own = Array.from({ length: 20 }, (_, i) => `${buyer % 2}-${i}`).sort(() => rng.unit() - 0.5);
    own.slice(0, 12).forEach((item, i) => {
      const part = i < 8 ? train : test;
      part.users.push(`buyer ${buyer}`);
      part.items.push(item);
    });
  }
  return { train, test };
}

describe('top-n', () => {
  test('of two groups it recommends from the right one: 4 wanted of the 12 that are left', async () => {
    const { train, test: wanted } = world();
    const quality = await (await fitTopN(train, HERE)).evaluate(wanted);
    // Five places drawn from the 12 left of the own group hit 5/12 of what is wanted; from all 32 that are left, 5/32.
    expect(quality.recall).toBeGreaterThan(0.33);
    expect(quality.users).toBe(60);
    expect(quality.model).not.toBe('');
  });

  test('worker threads give the same as this thread', async () => {
    const { train, test: wanted } = world();
    const here = await (await fitTopN(train, HERE)).evaluate(wanted);
    const threads = await (await fitTopN(train, { ...HERE, threads: 2 })).evaluate(wanted);
    expect(threads.recall).toBe(here.recall);
    expect(threads.ndcg).toBe(here.ndcg);
    expect(threads.model).toBe(here.model);
  });

  test('recall counts items that training never saw as missed, and users that it never saw get the most met', async () => {
    const { train } = world();
    const fit = await fitTopN({ users: [...train.users, 'x', 'y'], items: [...train.items, 'hit', 'hit'] }, HERE);
    const best = new Map<string, number>();
    for (const item of train.items) best.set(item, (best.get(item) ?? 0) + 1);
    const [most] = [...best].sort((a, b) => b[1] - a[1])[0]!;
    expect((await fit.evaluate({ users: ['new', 'new'], items: [most, 'never seen'] })).recall).toBe(0.5);
    expect((await fit.evaluate({ users: ['buyer 1'], items: ['never seen'] })).recall).toBe(0);
  });

  test('of a large matrix a sample of the buyers is tried on, and without what looks at all items', () => {
    const [rows, each] = [40_000, 130];
    const starts = Int32Array.from({ length: rows + 1 }, (_, row) => each * row);
    const columns = Int32Array.from({ length: each * rows }, (_, i) => 1000 * (i % each) + (i % 997));
    const plan = searchPlan({ rowCount: rows, columnCount: 130_000, starts, columns }, 1);
    expect(plan.sparse).toBe(true);
    expect(plan.searches.map(({ kind }) => kind)).not.toContain('implicit-als');
    expect(plan.holdOuts[0]!.rowsMax).toBeLessThan(rows);
    const { kept, heldOut, buyers } = holdOut(
      { rowCount: rows, columnCount: 130_000, starts, columns },
      plan.holdOuts[0]!,
    );
    expect(kept.rowCount).toBe(plan.holdOuts[0]!.rowsMax);
    expect(buyers.every((buyer) => rowSize(heldOut, buyer) === each / 10)).toBe(true);
    expect(kept.columns.length + heldOut.columns.length).toBe(each * kept.rowCount);
  });

  test.each([
    { buyers: 900, items: 1300, each: 80, dense: 'ease' },
    { buyers: 20_000, items: 3000, each: 3, dense: 'neighbourhood-ridge' },
    { buyers: 6000, items: 4000, each: 150, dense: 'neighbourhood-ridge' },
  ] as const)(
    'of $items items and $buyers buyers only $dense is tried, and first tries leave work for searches',
    (form) => {
      const rng = new Rng(4);
      const pairs = form.buyers * form.each;
      const rows = Int32Array.from({ length: pairs }, (_, i) => i % form.buyers);
      const matrix = sparseMatrix(
        form.buyers,
        form.items,
        rows,
        rows.map(() => Math.floor(form.items * rng.unit() ** 2)),
      );
      const plan = searchPlan(matrix, 1);
      const kinds = plan.searches.map(({ kind }) => kind);
      expect(kinds.filter((kind) => kind === 'ease' || kind === 'neighbourhood-ridge')).toEqual([form.dense]);
      expect(kinds).toContain('implicit-als');
      const first = plan.searches.reduce((sum, { costOf, start }) => sum + costOf(start), 0);
      expect(plan.budget).toBeGreaterThan(first / 4);
      expect(first + plan.budget).toBeLessThanOrEqual(2.401e10);
    },
  );

  test('says what is missing', async () => {
    await expect(fitTopN({ users: ['a', 'b'], items: ['x', 'x'] }, HERE)).rejects.toThrow(/two items/);
    const fit = await fitTopN(world().train, HERE);
    await expect(fit.evaluate({ users: [], items: [] })).rejects.toThrow(/no rows/);
    await expect(fit.evaluate(world().train)).rejects.toThrow(/nothing that the training file does not have/);
    await expect(fit.evaluate({ users: ['a', 'b'], items: ['x', 'y'] })).rejects.toThrow(
      /such as "a" and "x".*written otherwise/,
    );
  });
});

const folder = join(DATA, 'top-n/movielens-100k');
const present = existsSync(folder);

describe.skipIf(!present)(`MovieLens-100k${present ? '' : ` (skipped: ${folder} is not there)`}`, () => {
  test('EASE reaches what is published of it: recall@10 of .183', async () => {
    const [train, wanted] = await Promise.all(
      ['train', 'test'].map((part) => readInteractions({ path: join(folder, `${part}.tsv.gz`) })),
    );
    const [users, items] = [numbered(train!.users), numbered(train!.items)];
    const matrix = sparseMatrix(
      users.size,
      items.size,
      train!.users.map((user) => users.get(user)!),
      train!.items.map((item) => items.get(item)!),
    );
    const model = fitEase(matrix, { ridge: 4, dropout: 0, rowExponent: 0 });
    const popularity = fitPopularity(matrix);
    const blend = new BlendedRecommender([{ kind: 'ease', weight: 1, model }], popularity);
    const cases = casesOf({ users, items, matrix, test: wanted! });
    const judged = { histories: matrix, cases, k: 10, sparse: false };
    const { recall } = judgeSlice(blend, judged, { from: 0, to: cases.rows.length });
    expect(recall / cases.rows.length).toBeGreaterThan(0.182);
  });
});
