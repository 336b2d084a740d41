import { expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { distributionOf, sharesOf, stabilityIndex } from './drift.ts';

test('is the sum that its definition says', () => {
  const expected = (0.5 - 0.2) * Math.log(0.5 / 0.2) + (0.5 - 0.8) * Math.log(0.5 / 0.8);
  expect(stabilityIndex([0.2, 0.8], [0.5, 0.5])).toBeCloseTo(expected, 12);
  expect(stabilityIndex([0.2, 0.8], [0.2, 0.8])).toBe(0);
});

test('seed 1: the same population is below .1, one shifted by a standard deviation is above .25', () => {
  const rng = new Rng(1);
  const draw = (shift: number) => Float64Array.from({ length: 2_000 }, () => sumOfTwelve(rng) + shift);
  const { edges, shares } = distributionOf(draw(0));
  expect(shares.every((share) => Math.abs(share - 0.1) < 1e-9)).toBe(true);
  expect(stabilityIndex(shares, sharesOf(draw(0), edges))).toBeLessThan(0.1);
  expect(stabilityIndex(shares, sharesOf(draw(1), edges))).toBeGreaterThan(0.25);
});

test('a feature that is nearly always 0 has a bin for that, and a constant one has no edges', () => {
  const rare = Float64Array.from({ length: 1_000 }, (_, i) => (i < 950 ? 0 : i / 1_000));
  const { edges, shares } = distributionOf(rare);
  expect(edges).toEqual([0]);
  expect(shares).toEqual([0.95, 0.05]);
  expect(distributionOf(new Float64Array(9).fill(3))).toEqual({ edges: [], shares: [1] });
  expect(distributionOf([])).toEqual({ edges: [], shares: [0] });
});

const sumOfTwelve = (rng: Rng): number =>
  Array.from({ length: 12 }, () => rng.unit()).reduce((sum, one) => sum + one, -6);
