/** Off-policy estimates against simulated truth, closed forms by hand, and the refusal to answer. */
import { describe, expect, test } from 'vitest';
import { RialtoError } from '../base/errors.ts';
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
