/**
 * The promises of an experiment's analysis, by simulation with known truth: false alarms when an experiment without an effect is
 * looked at a hundred times, and how often each interval covers the truth, with its width against the oracle's, which knows the
 * estimates' true spread.
 */
import { Rng } from '../src/base/rng.ts';
import type { Bench, BenchOptions, Figures } from './bench.ts';
import { coverageOf, INTERVALS } from './experiment-coverage.ts';
import { falseAlarms, OUTCOMES } from './experiment-looks.ts';
import { machineFacts, rounded } from './figures.ts';

const ALPHA = 0.05;

export const experimentBench: Bench = async ({ small, say }: BenchOptions): Promise<Figures> => {
  const experiments = small ? 40 : 2_000;
  const alarms: Record<string, unknown> = {};
  for (const [index, [name, draw]] of Object.entries(OUTCOMES).entries()) {
    const found = falseAlarms(draw, {
      experiments,
      looks: 100,
      unitsALook: small ? 40 : 200,
      alpha: ALPHA,
      rng: new Rng(100 + index),
    });
    alarms[name] = {
      sequential: rounded(found.sequential, 4),
      mixture: rounded(found.mixture, 4),
      fixed: rounded(found.fixed, 4),
    };
    say(`${name}: false alarms ${JSON.stringify(alarms[name])}`);
  }
  const coverage: Record<string, unknown> = {};
  for (const [index, [name, simulate]] of Object.entries(INTERVALS).entries()) {
    const found = coverageOf(simulate, { simulations: experiments, alpha: ALPHA, rng: new Rng(200 + index) });
    coverage[name] = {
      coverage: rounded(found.coverage, 4),
      widthToOracle: rounded(found.widthToOracle, 3),
      bias: rounded(found.bias, 4),
    };
    say(`${name}: ${JSON.stringify(coverage[name])}`);
  }
  return { alpha: ALPHA, experiments, looks: 100, falseAlarms: alarms, coverage, machine: machineFacts() };
};
