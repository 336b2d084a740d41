/**
 * Whether an experiment must be stopped: a guardrail is broken where the whole always-valid interval of the effect lies on its bad
 * side, beyond what is tolerated. With θ the control's mean and t the tolerance:
 *
 *     worse: lower     upper bound of the effect < −t·|θ|          worse: higher     lower bound > t·|θ|
 *
 * The interval holds at every look at once, so it may be judged every hour; a fixed-horizon one may not.
 */
import type { Experiment, Guardrail } from '@rialto/sdk';

/** A metric as an analysis has it. */
export interface MetricReading {
  readonly name: string;
  readonly arms: readonly { readonly variant: string; readonly mean: number }[];
  readonly effects: readonly { readonly variant: string; readonly sequentialCi: readonly [number, number] }[];
}

export interface GuardrailBreach {
  readonly metric: string;
  readonly variant: string;
  readonly interval: readonly [number, number];
  /** What the effect had to stay above, or below. */
  readonly bound: number;
}

export interface GuardrailVerdict {
  readonly breaches: readonly GuardrailBreach[];
  /** Guardrails that nobody measured. */
  readonly missing: readonly string[];
}

export function judgeGuardrails(experiment: Experiment, readings: readonly MetricReading[]): GuardrailVerdict {
  const { guardrails = [], variants } = experiment;
  const control = variants[0]!.name;
  const breaches: GuardrailBreach[] = [];
  const missing: string[] = [];
  for (const guardrail of guardrails) {
    const reading = readings.find(({ name }) => name === guardrail.metric);
    const base = reading?.arms.find(({ variant }) => variant === control)?.mean;
    if (reading === undefined || base === undefined || reading.effects.length === 0) missing.push(guardrail.metric);
    else breaches.push(...breachesOf(guardrail, reading, Math.abs(base)));
  }
  return { breaches, missing };
}

function breachesOf(
  { metric, worse, tolerance = 0 }: Guardrail,
  { effects }: MetricReading,
  base: number,
): GuardrailBreach[] {
  const bound = worse === 'lower' ? -tolerance * base : tolerance * base;
  return effects
    .filter(({ sequentialCi: [low, high] }) => (worse === 'lower' ? high < bound : low > bound))
    .map(({ variant, sequentialCi }) => ({ metric, variant, interval: sequentialCi, bound }));
}

/** One sentence for the log. */
export function stopReasonOf(breaches: readonly GuardrailBreach[]): string {
  const told = breaches.map(({ metric, variant, interval: [low, high], bound }) => {
    const where = high < bound ? 'below' : 'above';
    return `${metric} of ${variant}: effect ${shortly(low)} to ${shortly(high)}, all ${where} ${shortly(bound)}`;
  });
  return `guardrail: ${told.join('; ')}`;
}

const shortly = (value: number): string => String(Number(value.toPrecision(4)));
