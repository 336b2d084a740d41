/** A small market: the plain test errs, designs that keep the arms apart do not. */
import { expect, test } from 'vitest';
import { studyInterference } from './interference-study.ts';

const SMALL = { regions: 2, campaignsARegion: 24, requestsADay: 6_000, days: 4, raise: 1.3 };

test('seed 3: a plain test is far off, budget-split and switchback are not', () => {
  const { trueEffect, held, designs } = studyInterference({ ...SMALL, seed: 3 }, { draws: 2, onRun: () => {} });
  expect(held).toBeGreaterThan(0.1);
  expect(trueEffect).toBeGreaterThan(0.05);
  expect(trueEffect).toBeLessThan(0.25);
  expect(designs.plain.bias).toBeGreaterThan(0.4);
  expect(Math.abs(designs.budgetSplit.bias)).toBeLessThan(0.3);
  expect(Math.abs(designs.switchback.bias)).toBeLessThan(0.35);
  expect(Math.abs(designs.twoSidedSplit.bias)).toBeLessThan(0.35);
  expect(Math.abs(designs.twoSidedDoses.bias)).toBeLessThan(0.35);
  expect(designs.twoSidedPairs.bias).toBeLessThan(-0.35);
});
