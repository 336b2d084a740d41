/**
 * How long an experiment has to run: from a shop's own history, what effect can be found after so many days. New units come as they
 * came in the history; their spread is that of the history, after adjusting by covariates where there are any.
 */
import { adjustedMeans } from '../statistics/adjusted-means.ts';
import { detectableEffect, detectableSequentially, type PowerTerms, unitsNeeded } from '../statistics/power.ts';
import type { MeanSample } from './analysis.ts';

export interface PlanOptions extends PowerTerms {
  /** Sequential intervals are tightest at as many units. */
  readonly tunedAt: number;
  /** The relative effect that is hoped for. */
  readonly effect?: number | undefined;
  readonly days: readonly number[];
}

/** One arm: all of the history. */
export interface History {
  readonly samples: readonly MeanSample[];
  /** New units on each day, in order of time. */
  readonly newUnits: readonly number[];
}

export interface MetricPlan {
  readonly name: string;
  readonly mean: number;
  readonly standardDeviation: number;
  /** What covariates and strata take from the variance. */
  readonly varianceCut: number;
  readonly steps: readonly {
    readonly days: number;
    readonly units: number;
    /** Relative; null where the mean is zero. */
    readonly detectable: number | null;
    readonly detectableSequentially: number | null;
  }[];
  /** For the effect that is hoped for. */
  readonly unitsNeeded?: number;
  /** Null where it takes more than ten years. */
  readonly daysNeeded?: number | null;
}

const DAYS_MAX = 3_650;

export function planMetrics({ samples, newUnits }: History, options: PlanOptions): MetricPlan[] {
  return samples.map((sample) => {
    const { arms } = adjustedMeans(sample.arms, sample.shape);
    const { units, rawMean, rawVariance, variance } = arms[0]!;
    const spread = variance * units;
    const relative = (effect: number): number | null => (rawMean === 0 ? null : Math.abs(effect / rawMean));
    const steps = options.days.map((days) => {
      const all = unitsBy(newUnits, days);
      const tuning = { alpha: options.alpha, tunedAt: options.tunedAt };
      return {
        days,
        units: Math.round(all),
        detectable: relative(detectableEffect(spread, all, options)),
        detectableSequentially: relative(detectableSequentially(spread, all, options, tuning)),
      };
    });
    const hoped = options.effect === undefined || rawMean === 0 ? undefined : options.effect * rawMean;
    const needed = hoped === undefined ? undefined : Math.ceil(unitsNeeded(spread, hoped, options));
    return {
      name: sample.spec.name,
      mean: rawMean,
      standardDeviation: Math.sqrt(rawVariance * units),
      varianceCut: rawVariance > 0 ? 1 - variance / rawVariance : 0,
      steps,
      ...(needed !== undefined && { unitsNeeded: needed, daysNeeded: daysFor(newUnits, needed) }),
    };
  });
}

/** Beyond the history, each day brings what its last week brought a day. */
function unitsBy(newUnits: readonly number[], days: number): number {
  const seen = newUnits.slice(0, days).reduce((sum, n) => sum + n, 0);
  const week = newUnits.slice(-7);
  const later = week.reduce((sum, n) => sum + n, 0) / week.length;
  return seen + Math.max(0, days - newUnits.length) * later;
}

function daysFor(newUnits: readonly number[], needed: number): number | null {
  for (let days = 1; days <= DAYS_MAX; days++) if (unitsBy(newUnits, days) >= needed) return days;
  return null;
}
