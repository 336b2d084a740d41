/**
 * Can the result be believed? What must hold before any effect is read: the arms have the shares that they were to have, and they
 * did not differ before the experiment. And what qualifies it: effects that change with the day of exposure.
 *
 * The sample-ratio test marks a result at p < .01. A false mark costs a look at the assignment, one experiment in a hundred; a
 * missed one costs a wrong decision, for units that are missing are rarely missing at random.
 */

import { contrast } from '../statistics/contrast.ts';
import { chiSquareTail, normalTail } from '../statistics/distributions.ts';
import { mergedMoments } from '../statistics/moments.ts';
import { adjustedPValues } from '../statistics/multiple-testing.ts';
import { independenceP, type SampleRatio, sampleRatio } from '../statistics/sample-ratio.ts';
import { armEstimates, type MeanSample } from './analysis.ts';
import type { ExperimentData, Split } from './experiment-data.ts';
import type { Check, DimensionResult } from './result.ts';

const SRM_ALPHA = 0.01;
/** Share of units in two variants that is put up with. */
const CROSSED_MAX = 0.01;
/** Of covariates and of trends by day, after Holm's correction. */
const CHECK_ALPHA = 0.01;

type Dealt = Pick<ExperimentData, 'units' | 'weights' | 'variants'>;

export function ratioCheck({ units, weights, variants }: Dealt): { ratio: SampleRatio; check: Check } {
  const ratio = sampleRatio(units, weights);
  const passed = ratio.p >= SRM_ALPHA;
  const counts = variants
    .map((variant, i) => `${variant} ${units[i]} of ${Math.round(ratio.expected[i]!)} expected`)
    .join(', ');
  const message = passed
    ? `the arms have the shares they were to have (${counts})`
    : `sample-ratio mismatch: ${counts}; units were lost or gained by arm, so the arms differ in more than the treatment`;
  return { ratio, check: { name: 'sample-ratio', passed, p: ratio.p, message } };
}

/** Units that met two variants were left out. Who meets both is who comes often: where they are many, those who are left are others. */
export function crossingChecks({ crossed }: ExperimentData): Check[] {
  if (crossed === undefined) return [];
  const { units, inTwo } = crossed;
  const passed = inTwo <= CROSSED_MAX * units;
  const left = `units that met two variants were left out: ${inTwo} of ${units}`;
  const message = passed
    ? left
    : `${left}, more than ${100 * CROSSED_MAX} %: weights, seed or ids changed while it ran; take it from the version that has been dealt since, with --since-version`;
  return [{ name: 'one-variant-each', passed, message }];
}

/** Covariates are from before the exposure: a difference between the arms is bias or carry-over of an earlier experiment. */
export function balanceChecks({ samples, variants, control }: ExperimentData): Check[] {
  const seen = new Map<string, { name: string; p: number }>();
  for (const sample of samples) {
    if (!('arms' in sample)) continue;
    for (const [j, column] of sample.spec.covariates.entries()) {
      const estimates = covariateEstimates(sample, j);
      for (const [i, estimate] of estimates.entries()) {
        if (i === control) continue;
        const { p } = contrast(estimate, estimates[control]!, CHECK_ALPHA);
        seen.set(`${column} ${i}`, { name: `${column} in ${variants[i]}`, p });
      }
    }
  }
  const found = [...seen.values()];
  const adjusted = adjustedPValues(
    found.map(({ p }) => p),
    'holm',
  );
  return found.map(({ name }, k) => {
    const passed = adjusted[k]! >= CHECK_ALPHA;
    const message = passed
      ? `${name}: like the control before the experiment`
      : `${name}: differed from the control before the experiment, by bias of the assignment or carry-over of an earlier one`;
    return { name: 'balance-before', passed, p: adjusted[k]!, message };
  });
}

/** Arms whose units come from other places, or on other days, were not assigned by chance alone. */
export function exposureChecks({ splits, days }: ExperimentData): Check[] {
  const all = days === undefined ? splits : [...splits, days];
  const found = all.flatMap(({ dimension, parts }) => {
    if (parts.every(({ samples }) => samples.length === 0)) return [];
    const counts = parts.map(({ samples: [sample] }) =>
      sample!.arms.map((strata) => strata.reduce((sum, { units }) => sum + units, 0)),
    );
    return [{ dimension, p: independenceP(counts) }];
  });
  const adjusted = adjustedPValues(
    found.map(({ p }) => p),
    'holm',
  );
  return found.map(({ dimension }, i) => {
    const passed = adjusted[i]! >= CHECK_ALPHA;
    const message = passed
      ? `${dimension}: the arms have the same share of each value`
      : `${dimension}: the arms do not have the same shares of its values, so they were not assigned by chance alone, or the treatment changes it`;
    return { name: 'exposure-balance', passed, p: adjusted[i]!, message };
  });
}

function covariateEstimates({ arms, shape }: MeanSample, j: number) {
  const at = (shape.ratio ? 2 : 1) + j;
  return arms.map((strata) => {
    const { units, mean, covariance } = mergedMoments(strata);
    return { mean: mean[at]!, variance: covariance[at * mean.length + at]! / units, df: Math.max(1, units - 1) };
  });
}

interface PartEffect {
  readonly value: string;
  readonly units: number;
  readonly absolute: number;
  readonly standardError: number;
  readonly ci: readonly [number, number];
  readonly p: number;
}

/** Effects of one metric and arm in every part of a split that has units of both arms. */
function partEffects(split: Split, metric: number, arm: number, control: number, alpha: number): PartEffect[] {
  return split.parts.flatMap(({ value, samples }) => {
    const sample = samples[metric]!;
    if (sample.arms.some((strata) => strata.reduce((sum, { units }) => sum + units, 0) < 2)) return [];
    const { estimates, shared } = armEstimates(sample);
    const effect = contrast(estimates[arm]!, estimates[control]!, alpha, shared);
    if (!(effect.standardError > 0)) return [];
    return [{ value, units: estimates[arm]!.units + estimates[control]!.units, ...effect }];
  });
}

/** For who is the effect another? Cochran's Q of each metric, arm and dimension, with Holm over all of them. */
export function heterogeneity({ splits, variants, control }: ExperimentData, alpha: number): DimensionResult[] {
  const found = splits.flatMap((split) =>
    (split.parts[0]?.samples ?? []).flatMap(({ spec }, metric) =>
      variants.flatMap((variant, arm) => {
        if (arm === control) return [];
        const parts = partEffects(split, metric, arm, control, alpha);
        return [{ dimension: split.dimension, metric: spec.name, variant, parts, heterogeneityP: cochranP(parts) }];
      }),
    ),
  );
  const adjusted = adjustedPValues(
    found.map(({ heterogeneityP }) => heterogeneityP),
    'holm',
  );
  return found.map((one, i) => ({
    ...one,
    parts: one.parts.map(({ value, units, absolute, ci, p }) => ({ value, units, absolute, ci, p })),
    pAdjusted: adjusted[i]!,
  }));
}

function cochranP(parts: readonly PartEffect[]): number {
  if (parts.length < 2) return 1;
  const weight = (part: PartEffect): number => 1 / part.standardError ** 2;
  const total = parts.reduce((sum, part) => sum + weight(part), 0);
  const mean = parts.reduce((sum, part) => sum + weight(part) * part.absolute, 0) / total;
  const q = parts.reduce((sum, part) => sum + weight(part) * (part.absolute - mean) ** 2, 0);
  return chiSquareTail(q, parts.length - 1);
}

/** Does the effect rise or fall with the day of exposure? A weighted line through the days' effects. */
export function noveltyChecks({ days, variants, control }: ExperimentData): Check[] {
  if (days === undefined) return [];
  const found = (days.parts[0]?.samples ?? []).flatMap(({ spec }, metric) =>
    variants.flatMap((variant, arm) => {
      if (arm === control) return [];
      const parts = partEffects(days, metric, arm, control, CHECK_ALPHA);
      return parts.length < 3 ? [] : [{ name: `${spec.name} in ${variant}`, ...trendOf(parts) }];
    }),
  );
  const adjusted = adjustedPValues(
    found.map(({ p }) => p),
    'holm',
  );
  const step = days.dimension === 'week' ? 'week' : 'day';
  return found.map(({ name, slope }, i) => {
    const passed = adjusted[i]! >= CHECK_ALPHA;
    const message = passed
      ? `${name}: no trend of the effect over ${step}s of exposure`
      : `${name}: the effect ${slope > 0 ? 'rises' : 'falls'} by ${Math.abs(slope).toPrecision(3)} a ${step} of exposure: novelty or learning; run longer, and read the late days`;
    return { name: 'novelty', passed, p: adjusted[i]!, message };
  });
}

function trendOf(parts: readonly PartEffect[]): { slope: number; p: number } {
  const weights = parts.map(({ standardError }) => 1 / standardError ** 2);
  const total = weights.reduce((sum, w) => sum + w, 0);
  const centre = weights.reduce((sum, w, day) => sum + w * day, 0) / total;
  const spread = weights.reduce((sum, w, day) => sum + w * (day - centre) ** 2, 0);
  const slope = parts.reduce((sum, { absolute }, day) => sum + weights[day]! * (day - centre) * absolute, 0) / spread;
  return { slope, p: 2 * normalTail(Math.abs(slope) * Math.sqrt(spread)) };
}
