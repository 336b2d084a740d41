/** Experiments without an effect, looked at again and again while units come in. */
import type { Rng } from '../src/base/rng.ts';
import { asymptoticSequence, mixtureSequence } from '../src/statistics/confidence-sequence.ts';
import { contrast } from '../src/statistics/contrast.ts';

/** One unit's outcome. */
export type Outcome = (rng: Rng) => number;

/** Revenue: most buy nothing; who buys spends by a log-normal (σ = 1.5), or a Pareto distribution with tail index 2.5. */
export const OUTCOMES: Readonly<Record<string, Outcome>> = {
  conversion: (rng) => (rng.unit() < 0.05 ? 1 : 0),
  'log-normal revenue': (rng) => (rng.unit() < 0.05 ? Math.exp(3 + 1.5 * rng.normal()) : 0),
  'Pareto revenue': (rng) => (rng.unit() < 0.1 ? 10 * (1 - rng.unit()) ** (-1 / 2.5) : 0),
};

export interface LookOptions {
  readonly experiments: number;
  readonly looks: number;
  /** Of both arms together. */
  readonly unitsALook: number;
  readonly alpha: number;
  readonly rng: Rng;
}

/** Shares of experiments in which some look finds an effect that is not there. */
export function falseAlarms(draw: Outcome, options: LookOptions) {
  const { experiments, looks, unitsALook, alpha, rng } = options;
  // mSPRT looks for effects that the last look would find four times in five: 2.8 standard errors.
  const tau = 2.8 * spreadOf(draw, rng) * Math.sqrt(4 / (looks * unitsALook));
  const alarms = { sequential: 0, mixture: 0, fixed: 0 };
  for (let experiment = 0; experiment < experiments; experiment++) {
    const sum = [0, 0];
    const squares = [0, 0];
    const raised = { sequential: false, mixture: false, fixed: false };
    for (let look = 1; look <= looks; look++) {
      for (let n = 0; n < unitsALook; n++) {
        const value = draw(rng);
        sum[n % 2]! += value;
        squares[n % 2]! += value * value;
      }
      const units = (look * unitsALook) / 2;
      const arm = (a: 0 | 1) => {
        const mean = sum[a]! / units;
        return { mean, variance: (squares[a]! / units - mean * mean) / (units - 1), df: units - 1 };
      };
      const effect = contrast(arm(1), arm(0), alpha);
      raised.fixed ||= effect.p < alpha;
      raised.sequential ||= misses(asymptoticSequence(effect, 2 * units, { alpha, tunedAt: 5_000 }));
      raised.mixture ||= misses(mixtureSequence(effect, tau, alpha));
    }
    for (const name of ['sequential', 'mixture', 'fixed'] as const) if (raised[name]) alarms[name]++;
  }
  return {
    sequential: alarms.sequential / experiments,
    mixture: alarms.mixture / experiments,
    fixed: alarms.fixed / experiments,
  };
}

const misses = ([low, high]: readonly [number, number]): boolean => low > 0 || high < 0;

function spreadOf(draw: Outcome, rng: Rng): number {
  let [sum, squares] = [0, 0];
  const draws = 100_000;
  for (let i = 0; i < draws; i++) {
    const value = draw(rng);
    sum += value;
    squares += value * value;
  }
  return Math.sqrt(squares / draws - (sum / draws) ** 2);
}
