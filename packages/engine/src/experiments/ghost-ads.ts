/**
 * What ads bring beyond what would have come anyway (Johnson, Lewis & Nubbemeyer, "Ghost Ads", JMR 2017): the auction is run for buyers of
 * both arms, and where the campaign wins, treated buyers see the ad and control buyers see the next one, with a note that the ad would have
 * been shown. Only buyers with a note, or an exposure, are compared:
 *
 *   effect on the exposed = mean outcome of treated with an exposure − mean outcome of control with a ghost
 *
 * Buyers who never come near the ad add noise and no signal, and are left out. The shares of buyers reached must agree, or
 * the ad changes who comes near it: that is tested, and told.
 */
import { RialtoError } from '../base/errors.ts';
import { type Contrast, contrast } from '../statistics/contrast.ts';
import { normalTail } from '../statistics/distributions.ts';
import { momentsOf } from '../statistics/moments.ts';

export interface GhostAdBuyers {
  /** 1 where the buyer may see the ad, 0 where it is left out. [buyers] */
  readonly treated: Uint8Array;
  /** 1 where the ad won at least once, shown or not. [buyers] */
  readonly reached: Uint8Array;
  /** Such as orders or revenue from the first time on. [buyers] */
  readonly outcome: Float64Array;
}

export interface Incrementality {
  readonly effect: Contrast;
  /** Outcomes that came because of the ad, over all exposed buyers. */
  readonly incremental: number;
  readonly exposed: number;
  readonly ghosts: number;
  /** Of the difference between the arms' shares reached; small: do not trust the effect. */
  readonly reachP: number;
}

/** Throws `bad-experiment` where fewer than two buyers of an arm were reached. */
export function ghostAdEffect({ treated, reached, outcome }: GhostAdBuyers, alpha: number): Incrementality {
  const of = (arm: number): Float64Array => outcome.filter((_, i) => treated[i] === arm && reached[i] === 1);
  const [ghosts, exposed] = [of(0), of(1)];
  if (ghosts.length < 2 || exposed.length < 2)
    throw new RialtoError(
      'bad-experiment',
      `${exposed.length} treated and ${ghosts.length} control buyers were reached: at least two of each are compared`,
    );
  const estimate = (values: Float64Array) => {
    const { mean, covariance } = momentsOf([values]);
    return { mean: mean[0]!, variance: covariance[0]! / values.length, df: values.length - 1 };
  };
  const effect = contrast(estimate(exposed), estimate(ghosts), alpha);
  const all = treated.reduce((sum, one) => sum + one, 0);
  const rest = treated.length - all;
  const pooled = (exposed.length + ghosts.length) / treated.length;
  const apart = exposed.length / all - ghosts.length / rest;
  const spread = Math.sqrt(pooled * (1 - pooled) * (1 / all + 1 / rest));
  const reachP = spread > 0 ? Math.min(1, 2 * normalTail(Math.abs(apart) / spread)) : 1;
  return {
    effect,
    incremental: effect.absolute * exposed.length,
    exposed: exposed.length,
    ghosts: ghosts.length,
    reachP,
  };
}
