/**
 * Off-policy estimates against simulated truth: the error of each estimator relative to the target policy's value, over worlds whose
 * logging policies lean to and away from it, and how often its interval covers the truth.
 */
import { banditWorld } from '../src/policies/bandit-world.fixture.ts';
import { DEFAULT_OFF_POLICY, type Estimator, evaluatePolicy } from '../src/policies/off-policy.ts';
import { crossFittedRates } from '../src/policies/reward-rates.ts';
import type { Bench, BenchOptions, Figures } from './bench.ts';
import { machineFacts, rounded } from './figures.ts';

const SETTINGS = {
  'near, 1,000 rows, 8 actions': { rows: 1000, actions: 8, features: 4, loggingLean: 0, targetLean: 0.8 },
  'far, 1,000 rows, 8 actions': { rows: 1000, actions: 8, features: 4, loggingLean: -0.5, targetLean: 1 },
  'near, 5,000 rows, 30 actions': { rows: 5000, actions: 30, features: 4, loggingLean: 0, targetLean: 0.8 },
} as const;

export const offPolicyBench: Bench = async ({ small, say }: BenchOptions): Promise<Figures> => {
  const worlds = small ? 40 : 1_000;
  const results: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(SETTINGS)) {
    results[name] = over(worlds, setting);
    say(`${name}: ${JSON.stringify(results[name])}`);
  }
  return { worlds, results, machine: machineFacts() };
};

function over(worlds: number, setting: (typeof SETTINGS)[keyof typeof SETTINGS]): Record<string, unknown> {
  const errors = new Map<Estimator, number>();
  const covered = new Map<Estimator, number>();
  let answered = 0;
  let effective = 0;
  for (let seed = 1; seed <= worlds; seed++) {
    const { log, target, truth } = banditWorld({ ...setting, seed });
    const { estimates, support } = evaluatePolicy(log, target, crossFittedRates(log, { folds: 5, seed }), {
      ...DEFAULT_OFF_POLICY,
      effectiveMin: 20,
    });
    if (estimates === null) continue;
    answered++;
    effective += support.effectiveSampleSize;
    for (const [name, { value, ci }] of Object.entries(estimates)) {
      const estimator = name as Estimator;
      errors.set(estimator, (errors.get(estimator) ?? 0) + Math.abs(value - truth) / truth);
      if (ci !== null && ci[0] <= truth && truth <= ci[1]) covered.set(estimator, (covered.get(estimator) ?? 0) + 1);
    }
  }
  const estimators = [...errors].map(([name, sum]) => [
    name,
    {
      relativeError: rounded(sum / answered, 4),
      coverage: name === 'dm' ? null : rounded((covered.get(name) ?? 0) / answered, 3),
    },
  ]);
  return { answered, effectiveSampleSize: rounded(effective / answered, 0), ...Object.fromEntries(estimators) };
}
