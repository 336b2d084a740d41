import { crc32 } from 'node:zlib';
import { expect, test } from 'vitest';
import { dealAsKFold, dealClicks } from './folds.ts';

/** scikit-learn 1.9.1 on NumPy 2.4.6: in which fold of KFold(folds, shuffle=True, random_state=seed) each row is tested. */
const SMALL = [
  { rows: 13, folds: 3, seed: 1, dealt: [1, 0, 0, 0, 0, 2, 1, 1, 2, 2, 0, 2, 1] },
  { rows: 20, folds: 5, seed: 42, dealt: [0, 0, 2, 1, 3, 1, 4, 4, 1, 3, 4, 1, 3, 2, 4, 0, 2, 0, 2, 3] },
];
/** The same as zlib.crc32 of one byte a row. */
const LARGE = [
  { rows: 8_000, folds: 5, seed: 1, sum: 2408704764 },
  { rows: 26_773, folds: 5, seed: 2 ** 32 - 1, sum: 1314534088 },
  { rows: 70_001, folds: 5, seed: 0, sum: 3021290095 },
];

test.each(SMALL)('$rows rows fall into $folds folds as with scikit-learn', ({ rows, folds, seed, dealt }) => {
  expect([...dealAsKFold(rows, folds, seed)]).toEqual(dealt);
});

test.each(LARGE)('$rows rows with seed $seed fall into $folds folds as with scikit-learn', (deal) => {
  expect(crc32(dealAsKFold(deal.rows, deal.folds, deal.seed))).toBe(deal.sum);
});

test('clicks are dealt like all rows, unless a fold would have none or nothing else', () => {
  const often = Uint8Array.from({ length: 1_000 }, (_, row) => Number(row % 7 === 0));
  expect(dealClicks(often, 5, 1)).toEqual(dealAsKFold(1_000, 5, 1));
  const seldom = Uint8Array.from({ length: 1_000 }, (_, row) => Number(row < 6));
  expect(new Set(dealAsKFold(1_000, 5, 1).subarray(0, 6)).size).toBeLessThan(5);
  const dealt = dealClicks(seldom, 5, 1);
  const clicks = Array.from({ length: 5 }, (_, fold) => dealt.filter((of, row) => of === fold && row < 6).length);
  expect(clicks).toEqual([2, 1, 1, 1, 1]);
});
