/** Against published tables and the sum of binomial terms. */
import { expect, test } from 'vitest';
import { signTest } from './sign-test.ts';

function exactly(won: number, lost: number): number {
  const n = won + lost;
  let [term, tail] = [1, 0];
  for (let k = n; k >= Math.max(won, lost); k--) {
    tail += term;
    term = (term * k) / (n - k + 1);
  }
  return Math.min(1, (2 * tail) / 2 ** n);
}

test.each([
  [8, 2],
  [5, 5],
  [0, 6],
  [30, 14],
  [210, 260],
])('%i against %i has the p of the binomial terms added up', (won, lost) => {
  expect(signTest(won, lost, 0.05).p).toBeCloseTo(exactly(won, lost), 9);
});

test('intervals are those of Clopper and Pearson', () => {
  // R: binom.test(8, 10), binom.test(0, 6), p of both too.
  const eight = signTest(8, 2, 0.05);
  expect(eight.ci[0]).toBeCloseTo(0.4439045, 6);
  expect(eight.ci[1]).toBeCloseTo(0.9747893, 6);
  expect(eight.p).toBeCloseTo(0.109375, 9);
  const none = signTest(0, 6, 0.05);
  expect(none.ci[1]).toBeCloseTo(0.4592581, 6);
  expect(none.p).toBeCloseTo(0.03125, 9);
  expect(signTest(0, 0, 0.05)).toEqual({ share: 0.5, ci: [0, 1], p: 1 });
});
