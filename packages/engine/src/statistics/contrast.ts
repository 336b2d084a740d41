/**
 * One arm against another: the difference of two independent means with Welch's interval (unequal variances, degrees of freedom
 * by Welch–Satterthwaite), and the relative difference with the delta method's:
 *
 *   Δ = m_t − m_c,   Var Δ = v_t + v_c;     r = Δ / m_c,   Var r = v_t / m_c² + m_t² v_c / m_c⁴ + Δ² v_s / m_c⁴
 *
 * where v_s is the variance that both means share. Where the control's mean is not told from zero, m_c² ≤ q² (v_c + v_s), Fieller's
 * interval of the ratio has no bounds, and the delta method's says nothing: there is none. Within one standard error of zero there is no
 * ratio either. The mean of values that are all ≥ 0 never lies there, since then Σ x² ≤ (Σ x)², so small files of counts or
 * revenue keep theirs. Reference: Fieller (1954), Some problems in interval estimation.
 *
 * With equal probability of every unit and no ties this is the standard large-sample analysis; for a few dozen clusters the t
 * distribution's wider tails matter.
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
  /** Undefined where the control's mean is zero, or nearer to it than its standard error. */
  readonly relative: number | undefined;
  readonly relativeStandardError: number | undefined;
  /** Undefined where the control's mean is not told from zero. */
  readonly relativeCi: Interval | undefined;
}

export function contrast(treatment: Estimate, control: Estimate, alpha: number, shared = 0): Contrast {
  const absolute = treatment.mean - control.mean;
  const variance = treatment.variance + control.variance;
  const standardError = Math.sqrt(variance);
  const df = satterthwaite([treatment, control]);
  const quantile = studentQuantile(1 - alpha / 2, df);
  const { ratioKnown, ratioBounded } = baseOf(control.mean, Math.sqrt(control.variance + shared), quantile);
  const relative = ratioKnown ? absolute / control.mean : undefined;
  const relativeStandardError = ratioKnown ? relativeError(treatment, control, shared) : undefined;
  return {
    absolute,
    standardError,
    df,
    ci: around(absolute, quantile * standardError),
    p: standardError > 0 ? studentTwoSided(absolute / standardError, df) : absolute === 0 ? 1 : 0,
    relative,
    relativeStandardError,
    relativeCi: ratioBounded ? around(relative!, quantile * relativeStandardError!) : undefined,
  };
}

/** One value above zero among zeros lies on the border. */
const SLACK = 1e-9;

/** What a mean may be divided by another for: an estimate, an interval of it. `quantile` is of the intervals asked for. */
export function baseOf(
  mean: number,
  standardError: number,
  quantile: number,
): { readonly ratioKnown: boolean; readonly ratioBounded: boolean } {
  const ratioKnown = mean !== 0 && Math.abs(mean) >= (1 - SLACK) * standardError;
  return { ratioKnown, ratioBounded: ratioKnown && Math.abs(mean) > quantile * standardError };
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
