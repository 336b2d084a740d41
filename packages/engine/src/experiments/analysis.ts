/**
 * An experiment's outcome from the moments of its arms: every metric's effects with fixed, sequential and Bayesian intervals.
 * What the moments are of (a file, the lake, a simulation) does not matter here.
 */
import { type AdjustedMeans, adjustedMeans, type MomentShape } from '../statistics/adjusted-means.ts';
import {
  asymptoticSequence,
  mixturePValue,
  mixtureSequence,
  sequenceInformation,
} from '../statistics/confidence-sequence.ts';
import { type Contrast, contrast, type Estimate, type Interval } from '../statistics/contrast.ts';
import type { Moments } from '../statistics/moments.ts';
import { adjustedPValues, type Correction } from '../statistics/multiple-testing.ts';
import {
  credibleInterval,
  expectedShortfall,
  FLAT,
  type Normal,
  normalPosterior,
  probabilityAboveZero,
} from '../statistics/normal-posterior.ts';
import type { MetricSpec } from './metric-spec.ts';
import type { EffectResult, MetricResult } from './result.ts';

/** A metric over units, as moments: `arms[arm][stratum]`. */
export interface MeanSample {
  readonly spec: MetricSpec;
  readonly shape: MomentShape;
  readonly arms: readonly (readonly Moments[])[];
  readonly cappedAt?: number | undefined;
}

/** A metric that was estimated arm by arm already, such as a quantile. */
export interface EstimateSample {
  readonly spec: MetricSpec;
  readonly estimates: readonly (Estimate & { readonly units: number })[];
}

export type MetricSample = MeanSample | EstimateSample;

export interface AnalysisOptions {
  readonly alpha: number;
  /** Of the relative effect. Says nothing where absent. */
  readonly prior?: Normal | undefined;
  readonly correction?: Correction | undefined;
  /** Units at which sequential intervals are tightest. */
  readonly tunedAt: number;
  /** mSPRT in place of the asymptotic confidence sequence, with this mixing standard deviation of the relative effect. */
  readonly mixture?: number | undefined;
}

/** Units at which sequential intervals are tightest, where nobody says: what an experiment of a small shop has. */
export const TUNED_AT = 5_000;

export interface ArmEstimates {
  readonly estimates: readonly (Estimate & { readonly units: number; readonly rawMean: number })[];
  readonly shared: number;
  readonly adjusted?: AdjustedMeans;
}

export function armEstimates(sample: MetricSample): ArmEstimates {
  if ('estimates' in sample) {
    return { estimates: sample.estimates.map((one) => ({ ...one, rawMean: one.mean })), shared: 0 };
  }
  const adjusted = adjustedMeans(sample.arms, sample.shape);
  const lost = adjusted.weights.length + sample.shape.covariates;
  const estimates = adjusted.arms.map(({ units, mean, variance, rawMean }) => ({
    units,
    mean,
    variance,
    rawMean,
    df: Math.max(1, units - lost),
  }));
  return { estimates, shared: adjusted.shared, adjusted };
}

/** `control` is an index into the arms. */
export function analyseMetrics(
  samples: readonly MetricSample[],
  variants: readonly string[],
  control: number,
  options: AnalysisOptions,
): MetricResult[] {
  const metrics = samples.map((sample) => analyseMetric(sample, variants, control, options));
  return options.correction === undefined ? metrics : corrected(metrics, options.correction);
}

/** With p over all metrics and arms. */
export function corrected(metrics: readonly MetricResult[], correction: Correction): MetricResult[] {
  const adjusted = adjustedPValues(
    metrics.flatMap(({ effects }) => effects.map(({ p }) => p)),
    correction,
  );
  let next = 0;
  return metrics.map((metric) => ({
    ...metric,
    effects: metric.effects.map((effect) => ({ ...effect, pAdjusted: adjusted[next++]! })),
  }));
}

function analyseMetric(
  sample: MetricSample,
  variants: readonly string[],
  control: number,
  options: AnalysisOptions,
): MetricResult {
  const { spec } = sample;
  const { estimates, shared, adjusted } = armEstimates(sample);
  const changed = adjusted !== undefined && (adjusted.theta.length > 0 || adjusted.weights.length > 1);
  const units = estimates.reduce((sum, arm) => sum + arm.units, 0);
  const effects = estimates.flatMap((arm, i) => {
    if (i === control) return [];
    const against = contrast(arm, estimates[control]!, options.alpha, shared);
    return [effectOf(variants[i]!, against, { spec, control: estimates[control]!.mean, units, options })];
  });
  return {
    name: spec.name,
    kind: spec.kind,
    role: spec.role,
    better: spec.better,
    margin: spec.margin,
    arms: estimates.map((arm, i) => ({
      variant: variants[i]!,
      units: arm.units,
      mean: arm.rawMean,
      ...(changed && { adjustedMean: arm.mean }),
      standardError: Math.sqrt(arm.variance + shared),
    })),
    effects,
    ...(changed && { varianceCut: varianceCut(adjusted) }),
    ...('cappedAt' in sample && sample.cappedAt !== undefined && { cappedAt: sample.cappedAt }),
    ...(spec.funnel !== undefined && { funnel: spec.funnel, step: spec.step! }),
  };
}

interface EffectContext {
  readonly spec: MetricSpec;
  /** The control's mean. */
  readonly control: number;
  readonly units: number;
  readonly options: AnalysisOptions;
}

/** A comparison with every kind of interval. */
export function effectOf(
  variant: string,
  against: Contrast,
  { spec, control, units, options }: EffectContext,
): EffectResult {
  const { alpha, tunedAt, mixture } = options;
  const tau = mixture === undefined || control === 0 ? undefined : mixture * Math.abs(control);
  const information =
    tau === undefined ? sequenceInformation(units, { alpha, tunedAt }) : (tau / against.standardError) ** 2;
  return {
    variant,
    absolute: against.absolute,
    relative: against.relative ?? null,
    ci: against.ci,
    relativeCi: against.relativeCi ?? null,
    ...(against.relativeCi === undefined && {
      relativeUnknown: control === 0 ? ('control-is-zero' as const) : ('control-near-zero' as const),
    }),
    standardError: against.standardError,
    p: against.p,
    sequentialCi:
      tau === undefined ? asymptoticSequence(against, units, { alpha, tunedAt }) : mixtureSequence(against, tau, alpha),
    sequentialP: mixturePValue(against, information),
    posterior: posteriorOf(against, spec, control, options),
  };
}

/** On the absolute scale; the prior of the relative effect is stretched by the control's mean. */
function posteriorOf(
  { absolute, standardError }: Contrast,
  { better }: MetricSpec,
  control: number,
  { prior = FLAT, alpha }: AnalysisOptions,
): EffectResult['posterior'] {
  const stretched = {
    mean: prior.mean * control,
    sd: control === 0 ? Number.POSITIVE_INFINITY : prior.sd * Math.abs(control),
  };
  const posterior = normalPosterior(stretched, absolute, standardError);
  const gain = { mean: better === 'higher' ? posterior.mean : -posterior.mean, sd: posterior.sd };
  return {
    probabilityBetter: probabilityAboveZero(gain),
    expectedLoss: expectedShortfall(gain),
    mean: posterior.mean,
    ci: credibleInterval(posterior, alpha) as Interval,
  };
}

function varianceCut({ arms }: AdjustedMeans): number {
  const sum = (pick: (arm: AdjustedMeans['arms'][number]) => number): number =>
    arms.reduce((total, arm) => total + pick(arm), 0);
  const raw = sum(({ rawVariance }) => rawVariance);
  return raw > 0 ? 1 - sum(({ variance }) => variance) / raw : 0;
}
