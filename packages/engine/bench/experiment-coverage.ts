/** Experiments with a known effect, one kind of interval each: one simulation gives an estimate, its interval and the truth. */
import type { Rng } from '../src/base/rng.ts';
import { adjustedMeans, type MomentShape } from '../src/statistics/adjusted-means.ts';
import { clusteredQuantile } from '../src/statistics/clustered-quantile.ts';
import { contrast, type Interval } from '../src/statistics/contrast.ts';
import { normalQuantile } from '../src/statistics/distributions.ts';
import { type Moments, momentsOf } from '../src/statistics/moments.ts';
import { switchbackEffect } from '../src/statistics/switchback.ts';

export interface Simulated {
  readonly estimate: number;
  readonly ci: Interval;
  readonly truth: number;
}

export type Simulate = (rng: Rng, alpha: number) => Simulated;

export function coverageOf(
  simulate: Simulate,
  { simulations, alpha, rng }: { readonly simulations: number; readonly alpha: number; readonly rng: Rng },
) {
  let [covered, width] = [0, 0];
  const errors = new Float64Array(simulations);
  for (let i = 0; i < simulations; i++) {
    const { estimate, ci, truth } = simulate(rng, alpha);
    if (ci[0] <= truth && truth <= ci[1]) covered++;
    width += (ci[1] - ci[0]) / simulations;
    errors[i] = estimate - truth;
  }
  const { mean, covariance } = momentsOf([errors]);
  const spread = Math.sqrt(covariance[0]!);
  return {
    coverage: covered / simulations,
    widthToOracle: width / (2 * -normalQuantile(alpha / 2) * spread),
    /** Mean error in standard deviations of the estimate. */
    bias: mean[0]! / spread,
  };
}

/** Moments of `units` drawn units; a draw is one value a variable. */
function armOf(units: number, draw: () => readonly number[]): Moments {
  const rows = Array.from({ length: units }, draw);
  return momentsOf(rows[0]!.map((_, j) => Float64Array.from(rows, (row) => row[j]!)));
}

function compare(control: readonly Moments[], treatment: readonly Moments[], shape: MomentShape, alpha: number) {
  const { arms, shared } = adjustedMeans([control, treatment], shape);
  const [c, t] = arms.map((arm) => ({ ...arm, df: arm.units - 1 - shape.covariates }));
  return contrast(t!, c!, alpha, shared);
}

const shapeOf = (ratio: boolean, covariates: number): MomentShape => ({ ratio, covariates, covariateRatio: false });

/** A unit's activity: log-normal, mean 1. */
const activity = (rng: Rng, sigma = 0.5): number => Math.exp(sigma * rng.normal() - (sigma * sigma) / 2);

/** Clicks over views, both growing with how active the unit is. */
function clicksOverViews(rng: Rng, rate: number): readonly number[] {
  const active = activity(rng);
  const views = 1 + rng.poisson(5 * active);
  const own = rate * (0.5 + rng.unit());
  let clicks = 0;
  for (let view = 0; view < views; view++) if (rng.unit() < own) clicks++;
  return [clicks, views];
}

const ratio: Simulate = (rng, alpha) => {
  const [control, treatment] = [0.1, 0.12].map((rate) => armOf(1_000, () => clicksOverViews(rng, rate)));
  const { absolute, ci } = compare([control!], [treatment!], shapeOf(true, 0), alpha);
  return { estimate: absolute, ci, truth: 0.02 };
};

const relative: Simulate = (rng, alpha) => {
  const [control, treatment] = [0.1, 0.12].map((rate) => armOf(1_000, () => clicksOverViews(rng, rate)));
  const { relative: lift, relativeCi } = compare([control!], [treatment!], shapeOf(true, 0), alpha);
  return { estimate: lift!, ci: relativeCi!, truth: 0.2 };
};

/** Spending that hangs together with spending before: correlation about .7. */
const cuped: Simulate = (rng, alpha) => {
  const arm = (effect: number) =>
    armOf(1_000, () => {
      const before = activity(rng, 0.6);
      return [effect + 10 * before * (0.6 + 0.8 * rng.unit()) + 4 * rng.normal(), before];
    });
  const { absolute, ci } = compare([arm(0)], [arm(0.5)], shapeOf(false, 1), alpha);
  return { estimate: absolute, ci, truth: 0.5 };
};

const ratioCuped: Simulate = (rng, alpha) => {
  const arm = (lift: number) =>
    armOf(1_000, () => {
      const [active, taste] = [activity(rng), activity(rng, 0.4)];
      const visits = 1 + rng.poisson(4 * active);
      return [visits * taste * (1 + lift) * (0.7 + 0.6 * rng.unit()), visits, taste * (0.8 + 0.4 * rng.unit())];
    });
  const { absolute, ci } = compare([arm(0)], [arm(0.05)], shapeOf(true, 1), alpha);
  return { estimate: absolute, ci, truth: 0.05 };
};

/** Three strata of other levels and other effects. */
const postStratified: Simulate = (rng, alpha) => {
  const arm = (treated: boolean): Moments[] => {
    const values: number[][] = [[], [], []];
    for (let i = 0; i < 600; i++) {
      const stratum = rng.below(3);
      values[stratum]!.push(5 * stratum + (treated ? 0.2 * (stratum + 1) : 0) + 2 * rng.normal());
    }
    return values.map((stratum) => momentsOf([Float64Array.from(stratum)]));
  };
  const { absolute, ci } = compare(arm(false), arm(true), shapeOf(false, 0), alpha);
  return { estimate: absolute, ci, truth: 0.4 };
};

/** Page loads of buyers, each buyer with a speed of his own: the 90th percentile, log-normal in all. */
const quantile: Simulate = (rng, alpha) => {
  const estimate = (shift: number) => {
    const values: number[] = [];
    const buyer: number[] = [];
    for (let i = 0; i < 800; i++) {
      const own = 0.6 * rng.normal();
      for (let load = rng.poisson(3); load >= 0; load--) {
        values.push(Math.exp(shift + own + 0.8 * rng.normal()));
        buyer.push(i);
      }
    }
    return clusteredQuantile(Float64Array.from(values), Int32Array.from(buyer), 800, 0.9);
  };
  const { absolute, ci } = contrast(estimate(0.1), estimate(0), alpha);
  const at = Math.exp(normalQuantile(0.9));
  return { estimate: absolute, ci, truth: at * (Math.exp(0.1) - 1) };
};

/** 50 shops an arm, of other sizes and levels; buyers of a shop are alike. */
const cluster: Simulate = (rng, alpha) => {
  const arm = (effect: number) =>
    armOf(50, () => {
      const level = rng.normal();
      const buyers = 20 + rng.poisson(30 * activity(rng, 0.4));
      return [buyers * (10 + effect + level) + Math.sqrt(buyers) * 3 * rng.normal(), buyers];
    });
  const { absolute, ci } = compare([arm(0)], [arm(0.5)], shapeOf(true, 0), alpha);
  return { estimate: absolute, ci, truth: 0.5 };
};

/** Six regions, two weeks of four-hour periods; a daily rhythm, and shocks that last (AR(1), .6). */
const switchback: Simulate = (rng, alpha) => {
  const [regions, periods, aDay] = [6, 84, 6];
  const cells = regions * periods;
  const value = new Float64Array(cells);
  const treated = Uint8Array.from(value, () => rng.below(2));
  for (let r = 0; r < regions; r++) {
    const level = 10 + 2 * rng.normal();
    let shock = rng.normal();
    for (let t = 0; t < periods; t++) {
      const cell = r * periods + t;
      shock = 0.6 * shock + 0.8 * rng.normal();
      value[cell] =
        level + 3 * Math.sin((2 * Math.PI * (t % aDay)) / aDay) + shock + 0.3 * treated[cell]! + 0.3 * rng.normal();
    }
  }
  const region = Int32Array.from(value, (_, cell) => Math.floor(cell / periods));
  const season = Int32Array.from(value, (_, cell) => (cell % periods) % aDay);
  const { absolute, ci } = switchbackEffect({ value, treated, region, season }, alpha);
  return { estimate: absolute, ci, truth: 0.3 };
};

/**
 * Five regions and 16 periods with shocks that all regions share; cells of 10 to 60 decisions weigh as much. What the analysis of an
 * experiment in the log takes out.
 */
const weightedSwitchback: Simulate = (rng, alpha) => {
  const [regions, periods] = [5, 16];
  const level = Float64Array.from({ length: regions }, () => 5 + 2 * rng.normal());
  const shock = Float64Array.from({ length: periods }, () => rng.normal());
  const weight = Float64Array.from({ length: regions * periods }, () => 10 + rng.below(50));
  const treated = Uint8Array.from(weight, () => rng.below(2));
  const region = Int32Array.from(weight, (_, cell) => cell % regions);
  const season = Int32Array.from(weight, (_, cell) => Math.floor(cell / regions));
  const value = weight.map((decisions, cell) => {
    const noise = (3 * rng.normal()) / Math.sqrt(decisions);
    return level[region[cell]!]! + shock[season[cell]!]! + 0.3 * treated[cell]! + noise;
  });
  const { absolute, ci } = switchbackEffect({ value, treated, region, season, weight }, alpha);
  return { estimate: absolute, ci, truth: 0.3 };
};

export const INTERVALS: Readonly<Record<string, Simulate>> = {
  ratio,
  'relative effect of a ratio': relative,
  CUPED: cuped,
  'CUPED of a ratio': ratioCuped,
  'post-stratified': postStratified,
  'quantile, clustered': quantile,
  cluster,
  switchback,
  'switchback, weighted cells': weightedSwitchback,
};
