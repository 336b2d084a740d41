/**
 * The controllers of automatic bidding in a stationary market whose truth is known: second prices and values are independent
 * and uniform, so that what a worth wins and costs has a closed form.
 *
 *     bid α v, price U(0, 1), v U(0, 1), α ≤ 1:     value = E[v 1{p < α v}] = α / 3     cost = E[p 1{p < α v}] = α² / 6
 */
import { describe, expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { adjustBudget, startBudget } from './budget-controller.ts';
import { adjustCostTarget, allowedWorth, startCostTarget } from './cost-target-controller.ts';

const AUCTIONS = 200;
const INTERVALS = 600;

interface Goal {
  /** Spending wanted in each auction. */
  readonly budget?: number;
  readonly target?: number;
}

/** The second half of the flight: the first is for learning. */
function run(seed: number, { budget, target }: Goal) {
  const rng = new Rng(seed);
  let pacing = startBudget(1);
  let holding = startCostTarget(target ?? 1);
  const late = { cost: 0, value: 0, auctions: 0, worth: 0, intervals: 0 };
  for (let interval = 0; interval < INTERVALS; interval++) {
    const worth = Math.min(
      budget === undefined ? 1 : pacing.worth,
      target === undefined ? Number.POSITIVE_INFINITY : allowedWorth(holding),
    );
    let cost = 0;
    let value = 0;
    for (let i = 0; i < AUCTIONS; i++) {
      const v = rng.unit();
      const price = rng.unit();
      if (price >= worth * v) continue;
      cost += price;
      value += v;
    }
    pacing = adjustBudget(pacing, { spent: cost, wanted: (budget ?? 0) * AUCTIONS });
    holding = adjustCostTarget(holding, { cost, value, scale: (budget ?? 0.05) * AUCTIONS });
    if (interval < INTERVALS / 2) continue;
    late.cost += cost;
    late.value += value;
    late.worth += worth;
    late.auctions += AUCTIONS;
    late.intervals++;
  }
  return { spend: late.cost / late.auctions, cpa: late.cost / late.value, worth: late.worth / late.intervals, holding };
}

describe.each([1, 2, 3])('seed %i', (seed) => {
  test('a budget finds its shadow price: spending α² / 6 = .06 needs α = .6', () => {
    const { spend, worth } = run(seed, { budget: 0.06 });
    expect(spend / 0.06).toBeCloseTo(1, 1.5);
    expect(worth).toBeGreaterThan(0.57);
    expect(worth).toBeLessThan(0.63);
  });

  test('a target is met on average: cost / value = α / 2 = .3 needs α = .6, twice the target', () => {
    const { cpa, worth } = run(seed, { target: 0.3 });
    expect(cpa / 0.3).toBeCloseTo(1, 1.5);
    expect(worth).toBeGreaterThan(0.57);
    expect(worth).toBeLessThan(0.63);
  });

  test('of two constraints the tighter rules: a budget for α = .4 under a target that would allow .8', () => {
    const { spend, cpa } = run(seed, { budget: 0.16 / 6, target: 0.4 });
    expect((spend * 6) / 0.16).toBeCloseTo(1, 1.5);
    expect(cpa).toBeLessThan(0.4 * 0.55);
  });

  test('and a target for α = .4 under a budget that would allow .8', () => {
    const { spend, cpa } = run(seed, { budget: 0.64 / 6, target: 0.2 });
    expect(cpa / 0.2).toBeCloseTo(1, 1.5);
    expect(spend).toBeLessThan((0.64 / 6) * 0.3);
  });
});

test('a target return on ad spend is the same with revenue as value', () => {
  // 5 of revenue for 1 of cost = a cost of .2 for a unit of revenue.
  expect(run(7, { target: 1 / 5 }).cpa).toBeCloseTo(0.2, 1.5);
});

test('room is what the target would still have let spend', () => {
  const after = adjustCostTarget(startCostTarget(2), { cost: 3, value: 2, scale: 1 });
  expect(after.room).toBe(1);
  expect(after.multiplier).toBeLessThan(0.5);
  expect(adjustCostTarget(after, { cost: 9, value: 0, scale: 1 })).toMatchObject({ room: -8 });
});

test('an interval without traffic teaches nothing, and one mad interval at most a factor of two', () => {
  expect(adjustBudget(startBudget(3), { spent: 0, wanted: 0 }).worth).toBe(3);
  expect(adjustBudget(startBudget(3), { spent: 1e9, wanted: 1 }).worth).toBe(1.5);
  expect(allowedWorth(adjustCostTarget(startCostTarget(3), { cost: 1e9, value: 0, scale: 1 }))).toBe(3 + 1.5);
});

test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('%s is no worth and no target', (wrong) => {
  expect(() => startBudget(wrong)).toThrow('must be positive');
  expect(() => startCostTarget(wrong)).toThrow('must be positive');
});
