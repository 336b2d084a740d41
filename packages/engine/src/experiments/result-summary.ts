/** An experiment's result in sentences: whether the data can be trusted, what the decision metric did, what became of each guardrail. */
import type { EffectResult, ExperimentResult, MetricResult } from './result.ts';
import { formatted, percent } from './result-text.ts';

type Judged = Pick<ExperimentResult, 'metrics' | 'checks' | 'trust' | 'control' | 'arms'>;

export function summaryOf({ metrics, checks, trust, control, arms }: Judged): string[] {
  const units = arms.map(({ variant, units: n }) => `${variant} ${n}`).join(', ');
  const tested = checks.filter(({ p }) => p !== undefined);
  const passed = tested.filter((check) => check.passed).length;
  const data = trust.trusted
    ? `The data can be trusted: ${passed} of ${tested.length} checks passed (${units} units).`
    : `The data cannot be trusted: ${trust.reasons.join('; ')}.`;
  const deciding = metrics.filter(({ role }) => role === 'decision');
  const guardrails = metrics.filter(({ role }) => role === 'guardrail');
  return [
    data,
    ...(deciding.length === 0
      ? ['No metric was named to decide by: role=decision, or `decisionMetric` in the record.']
      : []),
    ...deciding.flatMap((metric) => metric.effects.map((effect) => decisionLine(metric, effect, control))),
    ...guardrails.flatMap((metric) => metric.effects.map((effect) => guardrailLine(metric, effect))),
    ...(guardrails.length === 0 ? ['No guardrails were named.'] : []),
  ];
}

/** The harm that is put up with, in units of the metric: of the control's mean, as the effect was measured against it. */
export function marginOf({ arms, margin }: MetricResult, { variant, absolute }: EffectResult): number {
  const arm = arms.find((one) => one.variant === variant)!;
  return margin * Math.abs((arm.adjustedMean ?? arm.mean) - absolute);
}

function decisionLine(metric: MetricResult, effect: EffectResult, control: string): string {
  const [low, high] = gain(metric, effect.sequentialCi);
  const found = low > 0 ? 'better' : high < 0 ? 'worse' : 'no difference seen';
  return `Decision metric ${metric.name}, ${effect.variant} against ${control}: ${found}, ${told(effect)}.`;
}

function guardrailLine(metric: MetricResult, effect: EffectResult): string {
  const [low, high] = gain(metric, effect.sequentialCi);
  const margin = marginOf(metric, effect);
  const found = high < -margin ? 'broken' : low >= -margin ? 'kept' : 'neither broken nor yet sure to be kept';
  return `Guardrail ${metric.name} of ${effect.variant}, margin ${percent(metric.margin).replace('+', '')}: ${found}, ${told(effect)}.`;
}

const gain = ({ better }: MetricResult, [low, high]: readonly [number, number]): readonly [number, number] =>
  better === 'higher' ? [low, high] : [-high, -low];

/** In per cent only where that has an interval. */
function told({ absolute, relative, relativeCi, sequentialCi: [low, high] }: EffectResult): string {
  const effect =
    relative === null || relativeCi === null ? formatted(absolute) : `${percent(relative)} (${formatted(absolute)})`;
  return `${effect}, sequential interval ${formatted(low)} to ${formatted(high)}`;
}
