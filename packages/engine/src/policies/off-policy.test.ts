/** Off-policy estimates against simulated truth, closed forms by hand, and the refusal to answer. */
import { describe, expect, test } from 'vitest';
import { RialtoError } from '../base/errors.ts';
import { Rng } from '../base/rng.ts';
import type { BanditLog } from './bandit-log.ts';
import { banditWorld } from './bandit-world.fixture.ts';
import { type Estimator, evaluatePolicy } from './off-policy.ts';
import { crossFittedRates } from './reward-rates.ts';

const logOf = (
  actions: number,
  rows: readonly (readonly [action: number, reward: number, p: number])[],
): BanditLog => ({
  rows: rows.length,
  actions,
  positions: 1,
  action: Int32Array.from(rows, ([action]) => action),
  position: new Int32Array(rows.length),
  reward: Float64Array.from(rows, ([, reward]) => reward),
  propensity: Float64Array.from(rows, ([, , p]) => p),
});
const OPEN = { alpha: 0.05, unsupportedMax: 1, effectiveMin: 1 };

test('four rows, by hand', () => {
  const log = logOf(2, [
    [0, 1, 0.5],
    [0, 0, 0.5],
    [1, 1, 0.5],
    [1, 1, 0.5],
  ]);
  const policy = (_: number, out: Float64Array): void => out.set([0.25, 0.75]);
  const rewards = (_: number, out: Float64Array): void => out.set([0.4, 0.9]);
  const { estimates, support } = evaluatePolicy(log, policy, rewards, OPEN);
  expect(estimates!.ipw.value).toBeCloseTo((0.5 + 1.5 + 1.5) / 4, 12);
  expect(estimates!.snipw.value).toBeCloseTo(3.5 / 4, 12);
  expect(estimates!.dm.value).toBeCloseTo(0.775, 12);
  expect(estimates!.dr.value).toBeCloseTo(0.775 + (0.5 * 0.6 - 0.5 * 0.4 + 1.5 * 0.1 * 2) / 4, 12);
  expect(support.effectiveSampleSize).toBeCloseTo(16 / 5, 12);
  expect(estimates!.dm.ci).toBeNull();
});

describe('simulated logs with known truth, seeds 1 to 120', () => {
  const errors: Record<Estimator, number> = { ipw: 0, snipw: 0, dm: 0, dr: 0, switchDr: 0, drShrunk: 0 };
  const covered = { ...errors };
  const worlds = 120;
  for (let seed = 1; seed <= worlds; seed++) {
    const world = banditWorld({ rows: 1000, actions: 8, features: 4, loggingLean: -0.2, targetLean: 0.8, seed });
    const rewards = crossFittedRates(world.log, { folds: 5, seed });
    const { estimates } = evaluatePolicy(world.log, world.target, rewards, OPEN);
    for (const [name, { value, ci }] of Object.entries(estimates!) as [Estimator, (typeof estimates & {})['dr']][]) {
      errors[name] += Math.abs(value - world.truth) / world.truth / worlds;
      if (ci !== null && ci[0] <= world.truth && world.truth <= ci[1]) covered[name]++;
    }
  }

  test('the doubly robust errs no more than the model alone and weighting alone', () => {
    expect(errors.dr).toBeLessThan(errors.ipw);
    expect(errors.dr).toBeLessThan(errors.dm);
    expect(errors.drShrunk).toBeLessThan(errors.ipw);
  });

  test.each(['ipw', 'snipw', 'dr', 'switchDr', 'drShrunk'] as const)('the interval of %s covers', (name) => {
    expect(covered[name]).toBeGreaterThanOrEqual(107); // 114 expected, standard deviation 2.4
  });
});

describe('the model of rewards', () => {
  test('seed 3: good actions that mostly had the good position do not count twice', () => {
    const rng = new Rng(3);
    const rows = 20_000;
    const [action, position] = [new Int32Array(rows), new Int32Array(rows)];
    const reward = new Float64Array(rows);
    const rate = [0.3, 0.1];
    const factor = [1, 0.25];
    for (let row = 0; row < rows; row++) {
      position[row] = row % 2;
      // The better action is at the better position nine times in ten.
      action[row] = rng.unit() < 0.9 ? position[row]! : 1 - position[row]!;
      reward[row] = rng.unit() < rate[action[row]!]! * factor[position[row]!]! ? 1 : 0;
    }
    const propensity = new Float64Array(rows).fill(0.5);
    const model = crossFittedRates(
      { rows, actions: 2, positions: 2, action, position, reward, propensity },
      { folds: 5, seed: 1 },
    );
    const told = new Float64Array(2);
    for (const row of [0, 1]) {
      model(row, told);
      for (const a of [0, 1]) expect(Math.abs(told[a]! / (rate[a]! * factor[position[row]!]!) - 1)).toBeLessThan(0.3); // twice counted, it would be off by two thirds
    }
  });

  test('seed 4: what an action brings in a context, where that differs', () => {
    const rng = new Rng(4);
    const rows = 8000;
    const context = Int32Array.from({ length: rows }, (_, row) => row % 2);
    const action = Int32Array.from({ length: rows }, () => rng.below(2));
    const reward = Float64Array.from(action, (a, row) => (rng.unit() < (a === context[row] ? 0.5 : 0.2) ? 1 : 0));
    const parts = { rows, actions: 2, positions: 1, contexts: 2, context, action, reward };
    const log = { ...parts, position: new Int32Array(rows), propensity: new Float64Array(rows).fill(0.5) };
    const told = new Float64Array(2);
    crossFittedRates(log, { folds: 5, seed: 1 })(1, told);
    expect(told[1]).toBeCloseTo(0.5, 1);
    expect(told[0]).toBeCloseTo(0.2, 1);
  });
});

describe('no answer', () => {
  const rewards = (_: number, out: Float64Array): void => {
    out.fill(0.5);
  };
  const half = Array.from({ length: 200 }, (_, i) => [i % 2, i % 3 === 0 ? 1 : 0, 0.5] as const);

  test('where the log never does what the policy would do', () => {
    const policy = (_: number, out: Float64Array): void => out.set([0.4, 0.4, 0.2]);
    const { estimates, support } = evaluatePolicy(logOf(3, half), policy, rewards);
    expect(estimates).toBeNull();
    expect(support.refusal).toMatchObject({ reason: 'no-support' });
    expect(support.unsupported).toBeCloseTo(0.2, 12);
  });

  test('where few rows count for all', () => {
    const rare = half.map(
      ([, reward], i) => (i < 2 ? [1, reward, 0.01] : [0, reward, 0.99]) as [number, number, number],
    );
    const policy = (_: number, out: Float64Array): void => out.set([0, 1]);
    expect(evaluatePolicy(logOf(2, rare), policy, rewards).support.refusal?.reason).toBe('few-effective-rows');
  });

  test('where the propensities are not those of the log', () => {
    const wrong = half.map(([action, reward]) => [action, reward, 0.25] as [number, number, number]);
    const policy = (_: number, out: Float64Array): void => out.set([0.5, 0.5]);
    expect(evaluatePolicy(logOf(2, wrong), policy, rewards).support.refusal?.reason).toBe('propensities-do-not-fit');
  });

  test.each([0, -0.1, 1.2, Number.NaN])('a propensity of %s is an error that names the row', (p) => {
    const bad = logOf(2, [
      [0, 1, 0.5],
      [1, 0, p],
    ]);
    const call = (): unknown => evaluatePolicy(bad, (_, out) => out.fill(0.5), rewards);
    expect(call).toThrow(RialtoError);
    expect(call).toThrow(/row 2/);
  });
});
