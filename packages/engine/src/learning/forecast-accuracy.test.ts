import { expect, test } from 'vitest';
import { coverage, meanAbsoluteError, seasonalNaiveError, symmetricPercentageError } from './forecast-accuracy.ts';

const of = (...values: number[]): Float64Array => Float64Array.from(values);

test('measures as the M4 competition defines, worked by hand', () => {
  // Changes over one season of 2: |3 − 1|, |5 − 4|, |2 − 3| → 4 / 3.
  expect(seasonalNaiveError(of(1, 4, 3, 5, 2), 2)).toBeCloseTo(4 / 3, 12);
  expect(meanAbsoluteError(of(10, 20), of(12, 17))).toBe(2.5);
  // 200 / 2 · (2 / 22 + 3 / 37)
  expect(symmetricPercentageError(of(10, 20), of(12, 17))).toBeCloseTo(100 * (2 / 22 + 3 / 37), 12);
  expect(symmetricPercentageError(of(0, 5), of(0, 5))).toBe(0);
  expect(coverage(of(1, 2, 3, 4), of(0, 0, 4, 4), of(2, 1, 5, 4))).toBe(0.5);
});

test('leaves cells out that are missing', () => {
  expect(meanAbsoluteError(of(10, Number.NaN, 20), of(12, 0, 17))).toBe(2.5);
  expect(seasonalNaiveError(of(1, Number.NaN, 3, 6), 1)).toBe(3);
  expect(seasonalNaiveError(of(1, 2), 2)).toBeNaN();
});
