/** The whole result of an experiment: can it be trusted, what are the effects, and what is to be decided. */
import { adjustedPValues } from '../statistics/multiple-testing.ts';
import type { SampleRatio } from '../statistics/sample-ratio.ts';
import { type AnalysisOptions, analyseMetrics } from './analysis.ts';
import type { ExperimentData } from './experiment-data.ts';
import type { Check, EffectResult, ExperimentResult, MetricResult } from './result.ts';
import { marginOf, summaryOf } from './result-summary.ts';
import {
  balanceChecks,
  crossingChecks,
  exposureChecks,
  heterogeneity,
  noveltyChecks,
  ratioCheck,
} from './trust-checks.ts';

export function assess(data: ExperimentData, options: AnalysisOptions): ExperimentResult {
  const { variants, control, units } = data;
  const { ratio, check } = ratioCheck(data);
  return concluded(
    {
      ratio,
      needed: [check, ...crossingChecks(data), ...balanceChecks(data), ...exposureChecks(data)],
      more: [...noveltyChecks(data), ...data.notes.map(reading)],
      metrics: analyseMetrics(data.samples, variants, control, options),
      arms: variants.map((variant, i) => ({ variant, units: units[i]! })),
      control: variants[control]!,
      dimensions: heterogeneity(data, options.alpha),
    },
    options,
  );
}

/** What was made of the data, for whoever reads the result. */
export const reading = (message: string): Check => ({ name: 'reading', passed: true, message });

export interface Found extends Pick<ExperimentResult, 'metrics' | 'arms' | 'control' | 'dimensions'> {
  readonly ratio: SampleRatio;
  /** Checks that must pass for the result to be trusted, and others. */
  readonly needed: readonly Check[];
  readonly more: readonly Check[];
}

/** Effects and checks with what follows from them, whichever way they were found. */
export function concluded(found: Found, { alpha, correction }: AnalysisOptions): ExperimentResult {
  const { ratio, needed, more, metrics, arms, control, dimensions } = found;
  const reasons = needed.filter(({ passed }) => !passed).map(({ message }) => message);
  const trust = { trusted: reasons.length === 0, reasons };
  const checks = [...needed, ...more];
  return {
    srm: { p: ratio.p, chiSquare: ratio.chiSquare, expected: ratio.expected },
    trust,
    decision: decide(trust, metrics, alpha),
    summary: summaryOf({ metrics, checks, trust, control, arms }),
    control,
    arms,
    alpha,
    correction: correction ?? null,
    metrics,
    checks,
    dimensions,
  };
}

/**
 * By the sequential intervals, so that a result may be read every day; of several variants only what Holm's correction leaves, since the
 * best of many is seldom the control by chance alone. Guardrails come before what is to be won.
 */
function decide(
  trust: ExperimentResult['trust'],
  metrics: readonly MetricResult[],
  alpha: number,
): ExperimentResult['decision'] {
  if (!trust.trusted) return { verdict: 'do-not-trust', variant: null, reason: trust.reasons.join('; ') };
  const harmed = metrics.flatMap((metric) =>
    metric.role === 'guardrail'
      ? metric.effects.filter((effect) => gainAtMost(metric, effect) < 0).map((effect) => ({ metric, effect }))
      : [],
  );
  const deciding = metrics.find(({ role }) => role === 'decision');
  const stopped = new Set(harmed.map(({ effect }) => effect.variant));
  const found = deciding === undefined ? [] : leftByHolm(deciding.effects, alpha);
  const better = found
    .filter(({ variant }) => !stopped.has(variant))
    .filter((effect) => gain(deciding!, effect)[0] > 0)
    .sort((a, b) => gain(deciding!, b)[0] - gain(deciding!, a)[0])[0];
  if (better !== undefined)
    return {
      verdict: 'ship',
      variant: better.variant,
      reason: `${deciding!.name} is better, however often it was looked at`,
    };
  if (harmed.length > 0) {
    const { metric, effect } = harmed[0]!;
    return {
      verdict: 'stop',
      variant: effect.variant,
      reason: `guardrail ${metric.name} is worse than its margin allows`,
    };
  }
  if (deciding === undefined)
    return { verdict: 'read-the-effects', variant: null, reason: 'no metric was named role=decision' };
  const worse = found.find((effect) => gain(deciding, effect)[1] < 0);
  if (worse !== undefined) return { verdict: 'stop', variant: worse.variant, reason: `${deciding.name} is worse` };
  return {
    verdict: 'no-difference-seen',
    variant: null,
    reason:
      deciding.effects.length === 1
        ? `the sequential interval of ${deciding.name} holds 0`
        : `${deciding.name} of none of ${deciding.effects.length} variants is told from the control's, all looks and variants counted (Holm)`,
  };
}

/** Of several variants, those whose effect stands although so many were tried. */
function leftByHolm(effects: readonly EffectResult[], alpha: number): readonly EffectResult[] {
  if (effects.length === 1) return effects;
  const adjusted = adjustedPValues(
    effects.map(({ sequentialP }) => sequentialP),
    'holm',
  );
  return effects.filter((_, i) => adjusted[i]! < alpha);
}

/** The sequential interval, positive being better. */
function gain({ better }: MetricResult, { sequentialCi: [low, high] }: EffectResult): readonly [number, number] {
  return better === 'higher' ? [low, high] : [-high, -low];
}

/** The most that a guardrail's effect can be above the harm that is put up with. */
function gainAtMost(metric: MetricResult, effect: EffectResult): number {
  return gain(metric, effect)[1] + marginOf(metric, effect);
}
