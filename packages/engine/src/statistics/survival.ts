/**
 * Time until something happens, for units some of which left before it did: the survival curve of Kaplan & Meier, and the mean
 * time up to a horizon that it encloses (restricted mean survival time), whose difference between arms needs no proportional hazards:
 *
 *   μ = ∫₀ʰ S(t) dt,   Var μ = Σ_i A_i² d_i / (n_i (n_i − d_i)),   A_i = ∫_{t_i}ʰ S(t) dt
 *
 * with d_i events among n_i at risk at time t_i (Greenwood).
 */
import type { Estimate } from './contrast.ts';

/** Units that saw the event, and units that left, at one time. In order of time. */
export interface TimeCount {
  readonly time: number;
  readonly events: number;
  readonly left: number;
}

export interface RestrictedMean extends Estimate {
  readonly units: number;
  /** Share that has not seen the event by the horizon. */
  readonly survived: number;
}

/** Undefined where everybody is gone before the horizon without the event: the curve is not known up to there. */
export function restrictedMean(counts: readonly TimeCount[], horizon: number): RestrictedMean | undefined {
  const units = counts.reduce((sum, { events, left }) => sum + events + left, 0);
  const steps: { time: number; survival: number; hazard: number }[] = [];
  let [atRisk, survival] = [units, 1];
  for (const { time, events, left } of counts) {
    if (time > horizon) break;
    if (events > 0) {
      survival *= 1 - events / atRisk;
      steps.push({ time, survival, hazard: atRisk > events ? events / (atRisk * (atRisk - events)) : 0 });
    }
    atRisk -= events + left;
    if (atRisk === 0 && survival > 0 && time < horizon) return undefined;
  }
  let [area, variance, until] = [0, 0, horizon];
  for (let i = steps.length - 1; i >= 0; i--) {
    const step = steps[i]!;
    area += step.survival * (until - step.time);
    variance += area * area * step.hazard;
    until = step.time;
  }
  return { mean: area + until, variance, df: Math.max(1, units - 1), units, survived: survival };
}
