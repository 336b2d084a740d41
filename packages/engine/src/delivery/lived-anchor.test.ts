import { expect, test } from 'vitest';
import { type LoggedAuctions, throttledCurve } from '../ads/outcome-curve.ts';
import { anchored, livedAnchor } from './lived-anchor.ts';

// A hundred auctions with a slot each for .1, clicked at one in ten.
const AUCTIONS: LoggedAuctions = {
  slots: 1,
  billing: 'click',
  days: new Int32Array(100),
  clickRates: new Float64Array(100).fill(0.1),
  conversionRates: new Float64Array(100),
  prices: new Float64Array(100).fill(100_000),
  exposures: new Float64Array(100).fill(1),
};
const at = (auctions: LoggedAuctions, budgetMicros: number) => throttledCurve(auctions, [budgetMicros], 200_000, 1)[0]!;

test('the curve passes through what clicks really cost, and what could be spent stays', () => {
  const replayed = at(AUCTIONS, 500_000);
  expect(replayed.visits).toBeCloseTo(5);
  const anchor = livedAnchor({ clicks: 1e6, spendMicros: 1.25e5 * 1e6 }, replayed);
  expect(anchor).toBeCloseTo(1.25, 3);
  const curve = anchored(AUCTIONS, anchor);
  expect(at(curve, 500_000).visits).toBeCloseTo(4, 2);
  expect(at(curve, 500_000).spendMicros).toBeCloseTo(500_000, -1);
  expect(at(curve, 1e9).spendMicros).toBeCloseTo(at(AUCTIONS, 1e9).spendMicros, -1);
});

test('few clicks say little, none nothing, and no answer is moved by more than half', () => {
  const replayed = at(AUCTIONS, 500_000);
  expect(livedAnchor({ clicks: 20, spendMicros: 20 * 125_000 }, replayed)).toBeCloseTo(Math.sqrt(1.25));
  expect(livedAnchor({ clicks: 0, spendMicros: 0 }, replayed)).toBe(1);
  expect(livedAnchor({ clicks: 10, spendMicros: 1 }, undefined)).toBe(1);
  expect(livedAnchor({ clicks: 1e6, spendMicros: 1e12 }, replayed)).toBe(2);
});
