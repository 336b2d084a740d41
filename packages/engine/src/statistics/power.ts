/**
 * How large an effect an experiment can find: the minimum detectable effect of two means with normal tests,
 *
 *   Δ = (r + z_power) √( σ²/n_t + σ²/n_c ),   r = z_{1 − α/2}, or how far the sequential interval reaches at that many units
 *
 * and the number of units that an effect of a given size takes.
 */
import { assert } from '../base/assert.ts';
import { type SequenceTuning, sequenceReach } from './confidence-sequence.ts';
import { normalQuantile } from './distributions.ts';

export interface PowerTerms {
  readonly alpha: number;
  /** The chance of finding an effect of that size. */
  readonly power: number;
  /** Share of units that get the treatment. */
  readonly share: number;
}

/** In the metric's units; `units` are those of both arms. */
export function detectableEffect(variance: number, units: number, { alpha, power, share }: PowerTerms): number {
  return (normalQuantile(1 - alpha / 2) + normalQuantile(power)) * errorOf(variance, units, share);
}

/** The same where one looks as often as one likes until then. */
export function detectableSequentially(
  variance: number,
  units: number,
  { power, share }: PowerTerms,
  tuning: SequenceTuning,
): number {
  return (sequenceReach(units, tuning) + normalQuantile(power)) * errorOf(variance, units, share);
}

/** Of both arms together. */
export function unitsNeeded(variance: number, effect: number, { alpha, power, share }: PowerTerms): number {
  assert(effect !== 0, 'an effect of zero takes for ever');
  const reach = normalQuantile(1 - alpha / 2) + normalQuantile(power);
  return (variance * reach ** 2) / (effect ** 2 * share * (1 - share));
}

function errorOf(variance: number, units: number, share: number): number {
  assert(share > 0 && share < 1 && units > 0, 'both arms have units', `${share} of ${units}`);
  return Math.sqrt(variance / (units * share * (1 - share)));
}
