/** What the analysis of an experiment says: plain data, as `rialto experiment analyse --json` prints it. */
import type { Interval } from '../statistics/contrast.ts';
import type { Correction } from '../statistics/multiple-testing.ts';
import type { MetricKind, MetricRole } from './metric-spec.ts';

export interface ArmResult {
  readonly variant: string;
  readonly units: number;
  /** As it came. */
  readonly mean: number;
  /** By covariates and strata; only where there are any. */
  readonly adjustedMean?: number;
  readonly standardError: number;
}

export interface EffectResult {
  readonly variant: string;
  readonly absolute: number;
  /** Null where the control's mean is zero, or nearer to it than its standard error. */
  readonly relative: number | null;
  /** Of the absolute effect, for one look at a time fixed beforehand. */
  readonly ci: Interval;
  /** Null where the control's mean is not told from zero: it would have no bounds. */
  readonly relativeCi: Interval | null;
  /** Why there is no relative interval; absent where there is one. */
  readonly relativeUnknown?: 'control-is-zero' | 'control-near-zero';
  readonly standardError: number;
  readonly p: number;
  /** Of cells of region and time: by dealing the cells again, which trusts no model. */
  readonly randomisationP?: number;
  /** With the other metrics and arms taken into account; only where a correction was asked for. */
  readonly pAdjusted?: number;
  /** Of the absolute effect, however often one looks. */
  readonly sequentialCi: Interval;
  readonly sequentialP: number;
  readonly posterior: {
    /** That the arm is better than the control. */
    readonly probabilityBetter: number;
    /** What choosing the arm costs on average where it is worse, in units of the metric. */
    readonly expectedLoss: number;
    readonly mean: number;
    readonly ci: Interval;
  };
}

export interface MetricResult {
  readonly name: string;
  readonly kind: MetricKind;
  readonly role: MetricRole;
  readonly better: 'higher' | 'lower';
  /** Of a guardrail: the relative harm that is put up with. */
  readonly margin: number;
  readonly arms: readonly ArmResult[];
  readonly effects: readonly EffectResult[];
  /** What adjusting took from the variance of the effects: .4 is 40 %. */
  readonly varianceCut?: number;
  /** Above this, values were taken as this. */
  readonly cappedAt?: number;
  /** Of a funnel: its name, and the step that is counted. */
  readonly funnel?: string;
  readonly step?: string;
}

export interface Check {
  readonly name: string;
  readonly passed: boolean;
  readonly p?: number;
  readonly message: string;
}

export interface DimensionResult {
  readonly dimension: string;
  readonly metric: string;
  readonly variant: string;
  readonly parts: readonly {
    readonly value: string;
    readonly units: number;
    readonly absolute: number;
    readonly ci: Interval;
    readonly p: number;
  }[];
  /** That the effect is the same in all parts (Cochran's Q). */
  readonly heterogeneityP: number;
  readonly pAdjusted: number;
}

export type Verdict = 'do-not-trust' | 'stop' | 'ship' | 'no-difference-seen' | 'read-the-effects';

export interface ExperimentResult {
  readonly srm: { readonly p: number; readonly chiSquare: number; readonly expected: readonly number[] };
  readonly trust: { readonly trusted: boolean; readonly reasons: readonly string[] };
  /** Of the checks, the decision metric and the guardrails, in sentences. */
  readonly summary: readonly string[];
  readonly decision: { readonly verdict: Verdict; readonly variant: string | null; readonly reason: string };
  readonly control: string;
  readonly arms: readonly { readonly variant: string; readonly units: number }[];
  readonly alpha: number;
  readonly correction: Correction | null;
  readonly metrics: readonly MetricResult[];
  readonly checks: readonly Check[];
  readonly dimensions: readonly DimensionResult[];
}
