/**
 * Intervals that may be looked at as often as one likes: over all looks together, the chance that any of them misses is at most α.
 *
 * The asymptotic confidence sequence (Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas 2024, "Time-uniform central limit theory
 * and asymptotic confidence sequences", Annals of Statistics): with standard error s after n units,
 *
 *   Δ ± s √( 2 (nρ² + 1) / (nρ²) · ln( √(nρ² + 1) / α ) ),   ρ² = (−2 ln α + ln(1 − 2 ln α)) / n*
 *
 * which is tightest around n = n*, to be chosen before the experiment. The mixture sequential probability ratio test (Robbins
 * 1970; Johari et al. 2017) is the same mixture with its variance τ² on the effect's own scale: nρ² = τ² / s². The price of
 * looking: at n* about 1.55 times the width of an interval that is looked at once.
 */
import { assert } from '../base/assert.ts';
import { around, type Interval } from './contrast.ts';

export interface SequenceTuning {
  readonly alpha: number;
  /** Units, of both arms, at which the interval is to be tightest. */
  readonly tunedAt: number;
}

/** How many standard errors the interval reaches to either side after `units` units. */
export function sequenceReach(units: number, { alpha, tunedAt }: SequenceTuning): number {
  assert(alpha > 0 && alpha < 1 && tunedAt > 0, 'alpha lies in (0, 1) and tunedAt above 0', `${alpha}, ${tunedAt}`);
  return mixtureReach(sequenceInformation(units, { alpha, tunedAt }), alpha);
}

export function asymptoticSequence(
  effect: { readonly absolute: number; readonly standardError: number },
  units: number,
  tuning: SequenceTuning,
): Interval {
  return around(effect.absolute, effect.standardError * sequenceReach(units, tuning));
}

/** mSPRT's interval, with mixing standard deviation `tau` in units of the effect. */
export function mixtureSequence(
  { absolute, standardError }: { readonly absolute: number; readonly standardError: number },
  tau: number,
  alpha: number,
): Interval {
  if (standardError === 0) return [absolute, absolute];
  return around(absolute, standardError * mixtureReach((tau / standardError) ** 2, alpha));
}

/** The always-valid p-value of one look: 1 / Λ, at most 1. Of several looks the least holds. */
export function mixturePValue(
  { absolute, standardError }: { readonly absolute: number; readonly standardError: number },
  information: number,
): number {
  if (standardError === 0) return absolute === 0 ? 1 : 0;
  const z = absolute / standardError;
  return Math.min(1, Math.sqrt(1 + information) * Math.exp((-0.5 * z * z * information) / (1 + information)));
}

/** nρ², what the sequence has seen relative to what it is tuned for. */
export function sequenceInformation(units: number, { alpha, tunedAt }: SequenceTuning): number {
  const surprise = -2 * Math.log(alpha);
  return (units * (surprise + Math.log(1 + surprise))) / tunedAt;
}

function mixtureReach(information: number, alpha: number): number {
  return Math.sqrt(((2 * (information + 1)) / information) * Math.log(Math.sqrt(information + 1) / alpha));
}
