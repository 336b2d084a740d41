/** The optimum in hindsight: against brute force on small worlds, and its bound above everything that can be chosen. */
import { describe, expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { hindsightOptimum, type OptimumInput, penalisedScore } from './hindsight-optimum.ts';

const EXPOSURES = [1, 0.8, 0.6];

/** A few opportunities with prices that fall by slot. */
function smallWorld(seed: number, n: number): OptimumInput {
  const rng = new Rng(seed);
  const values = Float32Array.from({ length: n }, () => rng.unit());
  const prices = new Float32Array(3 * n);
  for (let o = 0; o < n; o++) {
    let price = 0.5 + 2 * rng.unit();
    for (let slot = 0; slot < 3; slot++) {
      prices[slot * n + o] = price;
      price *= 0.4 + 0.6 * rng.unit();
    }
  }
  const total = prices.reduce((sum, price) => sum + price, 0);
  return {
    parts: [{ values, prices }],
    exposures: EXPOSURES,
    budget: total * (0.02 + 0.2 * rng.unit()),
    targetCpa: 0.5 + 2 * rng.unit(),
  };
}

/** Every choice of at most one slot for each opportunity. */
function bruteForce({ parts, budget, targetCpa }: OptimumInput): number {
  const { values, prices } = parts[0]!;
  const n = values.length;
  let best = 0;
  for (let choice = 0; choice < 4 ** n; choice++) {
    let value = 0;
    let cost = 0;
    for (let o = 0, rest = choice; o < n; o++, rest = Math.floor(rest / 4)) {
      const slot = (rest % 4) - 1;
      if (slot < 0) continue;
      value += EXPOSURES[slot]! * values[o]!;
      cost += EXPOSURES[slot]! * prices[slot * n + o]!;
    }
    if (cost <= budget && value > 0) best = Math.max(best, penalisedScore(value, cost, targetCpa));
  }
  return best;
}

describe('against every possible choice', () => {
  test.each(Array.from({ length: 25 }, (_, seed) => seed))('seed %i', (seed) => {
    const input = smallWorld(seed, 6);
    const best = bruteForce(input);
    const { score, bound, point } = hindsightOptimum(input);
    expect(score).toBeLessThanOrEqual(best + 1e-6);
    expect(bound).toBeGreaterThanOrEqual(best - 1e-6);
    expect(point.cost).toBeLessThanOrEqual(input.budget);
  });
});

test('score and bound meet where no single opportunity matters', () => {
  for (let seed = 0; seed < 5; seed++) {
    const { score, bound } = hindsightOptimum(smallWorld(seed, 20_000));
    expect(score).toBeGreaterThan(0);
    expect(bound / score).toBeLessThan(1.002);
  }
});

test('takes everything where money and target allow it', () => {
  const { parts } = smallWorld(1, 50);
  const { score } = hindsightOptimum({ parts, exposures: EXPOSURES, budget: 1e9, targetCpa: 1e9 });
  expect(score).toBeCloseTo(
    parts[0]!.values.reduce((sum, value) => sum + value, 0),
    4,
  );
});

test('finds nothing where every price is above any worth', () => {
  const parts = [{ values: new Float32Array(3), prices: new Float32Array(9).fill(1) }];
  expect(hindsightOptimum({ parts, exposures: EXPOSURES, budget: 10, targetCpa: 1 })).toMatchObject({
    score: 0,
    bound: 0,
  });
});

test('the penalty is the square of the excess', () => {
  expect(penalisedScore(10, 50, 5)).toBe(10);
  expect(penalisedScore(10, 100, 5)).toBeCloseTo(2.5);
});
