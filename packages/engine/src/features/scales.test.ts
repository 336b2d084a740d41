import { expect, test } from 'vitest';
import { logPriceOf } from './scales.ts';

test('the logarithm of any price is finite, that of nothing included', () => {
  const logs = [0, 1, 50_000, 1e15].map(logPriceOf);
  expect(logs.every(Number.isFinite)).toBe(true);
  expect(logs[0]).toBe(logs[2]);
  expect(logs[3]).toBeCloseTo(Math.log(1e9), 9);
});
