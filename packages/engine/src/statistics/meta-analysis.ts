/**
 * What past experiments say together: effects y_i with standard errors s_i, each around a true effect of its own,
 *
 *   y_i ~ N(θ_i, s_i²),   θ_i ~ N(μ, τ²)
 *
 * with τ² by Paule & Mandel (1982), the value at which the weighted spread of the effects is what it should be. N(μ, τ²) is the
 * empirical Bayes prior of the next experiment, and shrinks the past ones.
 */
import { RialtoError } from '../base/errors.ts';
import { chiSquareTail } from './distributions.ts';
import { type Normal, normalPosterior } from './normal-posterior.ts';

export interface RandomEffects {
  readonly mean: number;
  readonly standardError: number;
  /** τ, the spread of true effects. */
  readonly spread: number;
  /** That there is no spread (Cochran's Q). */
  readonly p: number;
  /** Of the next experiment's true effect: μ, with √(τ² + its own uncertainty). */
  readonly prior: Normal;
  /** Of the past experiments, shrunk. [experiments] */
  readonly posteriors: readonly Normal[];
}

/** [experiments], [experiments] */
export function randomEffects(effects: readonly number[], standardErrors: readonly number[]): RandomEffects {
  if (effects.length < 2)
    throw new RialtoError('bad-experiment', `${effects.length} past experiments: a prior is learned from two at least`);
  const bad = standardErrors.findIndex((error) => !(error > 0));
  if (bad >= 0)
    throw new RialtoError(
      'bad-experiment',
      `the standard error of experiment ${bad + 1} is ${standardErrors[bad]}: it must be above 0`,
    );
  const variances = standardErrors.map((error) => error * error);
  const df = effects.length - 1;
  const spread2 = pauleMandel(effects, variances, df);
  const { mean, weight } = weighted(effects, variances, spread2);
  const spread = Math.sqrt(spread2);
  return {
    mean,
    standardError: 1 / Math.sqrt(weight),
    spread,
    p: chiSquareTail(weighted(effects, variances, 0).q, df),
    prior: { mean, sd: Math.sqrt(spread2 + 1 / weight) },
    posteriors: effects.map((effect, i) =>
      spread === 0
        ? { mean, sd: 1 / Math.sqrt(weight) }
        : normalPosterior({ mean, sd: spread }, effect, standardErrors[i]!),
    ),
  };
}

/** The τ² with Q(τ²) = df; 0 where even that is too much. */
function pauleMandel(effects: readonly number[], variances: readonly number[], df: number): number {
  if (weighted(effects, variances, 0).q <= df) return 0;
  let [low, high] = [0, Math.max(...variances)];
  while (weighted(effects, variances, high).q > df) high *= 2;
  for (let step = 0; step < 200 && high - low > 1e-15 * high; step++) {
    const middle = (low + high) / 2;
    if (weighted(effects, variances, middle).q > df) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

function weighted(effects: readonly number[], variances: readonly number[], spread2: number) {
  const weights = variances.map((variance) => 1 / (variance + spread2));
  const weight = weights.reduce((sum, w) => sum + w, 0);
  const mean = effects.reduce((sum, effect, i) => sum + weights[i]! * effect, 0) / weight;
  return { mean, weight, q: effects.reduce((sum, effect, i) => sum + weights[i]! * (effect - mean) ** 2, 0) };
}
