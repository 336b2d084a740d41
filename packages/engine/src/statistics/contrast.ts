/**
 * One arm against another: the difference of two independent means with Welch's interval (unequal variances, degrees of freedom
 * by Welch–Satterthwaite), and the relative difference with the delta method's:
 *
 *   Δ = m_t − m_c,   Var Δ = v_t + v_c;     r = Δ / m_c,   Var r = v_t / m_c² + m_t² v_c / m_c⁴ + Δ² v_s / m_c⁴
 *
 * where v_s is the variance that both means share. With equal probability of every unit and no ties this is the standard
 * large-sample analysis; for a few dozen clusters the t distribution's wider tails matter.
 */
import { studentQuantile, studentTwoSided } from './distributions.ts';

export interface Estimate {
  readonly mean: number;
  /** Of the mean. */
  readonly variance: number;
  /** Degrees of freedom of the variance. */
  readonly df: number;
}

export type Interval = readonly [low: number, high: number];

export interface Contrast {
  readonly absolute: number;
  readonly standardError: number;
  readonly df: number;
  readonly ci: Interval;
  readonly p: number;
  /** Undefined where the control's mean is zero. */
  readonly relative: number | undefined;
  readonly relativeStandardError: number | undefined;
  readonly relativeCi: Interval | undefined;
}

export function contrast(treatment: Estimate, control: Estimate, alpha: number, shared = 0): Contrast {
  const absolute = treatment.mean - control.mean;
  const variance = treatment.variance + control.variance;
  const standardError = Math.sqrt(variance);
  const df = satterthwaite([treatment, control]);
  const quantile = studentQuantile(1 - alpha / 2, df);
  const relative = control.mean === 0 ? undefined : absolute / control.mean;
  const relativeStandardError = control.mean === 0 ? undefined : relativeError(treatment, control, shared);
  return {
    absolute,
    standardError,
    df,
    ci: around(absolute, quantile * standardError),
    p: standardError > 0 ? studentTwoSided(absolute / standardError, df) : absolute === 0 ? 1 : 0,
    relative,
    relativeStandardError,
    relativeCi: relative === undefined ? undefined : around(relative, quantile * relativeStandardError!),
  };
}

export const around = (centre: number, half: number): Interval => [centre - half, centre + half];

function relativeError(
  { mean: t, variance: vt }: Estimate,
  { mean: c, variance: vc }: Estimate,
  shared: number,
): number {
  return Math.sqrt(vt / c ** 2 + (t ** 2 * vc) / c ** 4 + ((t - c) ** 2 * shared) / c ** 4);
}

/** Degrees of freedom of a sum of independent variance estimates. */
function satterthwaite(parts: readonly Estimate[]): number {
  const total = parts.reduce((sum, { variance }) => sum + variance, 0);
  const below = parts.reduce((sum, { variance, df }) => sum + variance ** 2 / df, 0);
  return below > 0 ? total ** 2 / below : Math.min(...parts.map(({ df }) => df));
}
