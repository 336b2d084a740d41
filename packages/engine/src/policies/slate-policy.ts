/**
 * What a policy of whole slates would have earned, from the log of another one. A slate has L positions; w_l is the ratio of the target's
 * to the logging policy's probability of the item at l, given the context and the items above, and W_l = Π_{i ≤ l} w_i. Each form takes
 * another view of how buyers act (Kiyohara et al., WSDM 2022; McInerney et al., KDD 2020; Swaminathan et al., NIPS 2017):
 *
 *   standard        Σ_l W_L r_l               anything below or above may matter: unbiased, but variance grows with all L weights
 *   independent     Σ_l w_l r_l               a position's reward depends on its own item alone (item-position)
 *   cascade         Σ_l W_l r_l               on the items above and its own
 *   cascadeDr       Σ_l W_{l−1} (v_l + w_l (r_l − q_l))   the same, with a model of what is still to come
 *   pseudoInverse   (1 + Σ_l (w_l − 1)) Σ_l r_l           the slate's reward is a sum over positions, whichever; where items are drawn
 *                                                          independently by position, this is the pseudo-inverse in closed form
 *
 * q_l is the value from l on of the item taken and v_l its mean under the target. Independent and pseudoInverse want the marginal probability at
 * each position.
 */
import { RialtoError } from '../base/errors.ts';
import { clusteredMean, type MeanEstimate } from '../statistics/skewed-mean.ts';

export interface SlateLog {
  readonly rows: number;
  readonly positions: number;
  /** Reward at each position. [rows × positions] */
  readonly reward: Float64Array;
  /** Of the item there, given the items above, under the policy that logged. [rows × positions] */
  readonly propensity: Float64Array;
  /** The same under the target policy. [rows × positions] */
  readonly target: Float64Array;
  /** Marginal probabilities, where they are others than those given the items above. [rows × positions] */
  readonly marginal?: { readonly propensity: Float64Array; readonly target: Float64Array };
  /** For cascadeDr; must not have been learned from the row. [rows × positions] */
  readonly model?: { readonly taken: Float64Array; readonly expected: Float64Array };
  /** Whose slates come together, such as which buyer's, from 0; each by itself where absent. [rows] */
  readonly clusters?: Int32Array | undefined;
}

export type SlateEstimator = 'standard' | 'independent' | 'cascade' | 'cascadeDr' | 'pseudoInverse';

export interface SlateValue extends MeanEstimate {
  readonly effectiveSampleSize: number;
}

/** Throws `bad-experiment` on probabilities that no policy could have drawn with. */
export function evaluateSlates(log: SlateLog, alpha: number): Partial<Record<SlateEstimator, SlateValue>> {
  check(log);
  const { rows, positions, reward, model, clusters } = log;
  const given = ratios(log.propensity, log.target);
  const marginal = log.marginal === undefined ? given : ratios(log.marginal.propensity, log.marginal.target);
  const terms = {
    standard: new Float64Array(rows),
    independent: new Float64Array(rows),
    cascade: new Float64Array(rows),
    cascadeDr: new Float64Array(rows),
    pseudoInverse: new Float64Array(rows),
  };
  const whole = new Float64Array(rows);
  const sums = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    let above = 1;
    let total = 0;
    let sum = 1;
    for (let l = 0; l < positions; l++) {
      const at = row * positions + l;
      const through = above * given[at]!;
      total += reward[at]!;
      sum += marginal[at]! - 1;
      terms.independent[row]! += marginal[at]! * reward[at]!;
      terms.cascade[row]! += through * reward[at]!;
      if (model !== undefined)
        terms.cascadeDr[row]! += above * model.expected[at]! + through * (reward[at]! - model.taken[at]!);
      above = through;
    }
    whole[row] = above;
    sums[row] = sum;
    terms.standard[row] = above * total;
    terms.pseudoInverse[row] = sum * total;
  }
  const byWhole = (name: 'standard' | 'cascade' | 'cascadeDr'): SlateValue =>
    estimated(terms[name], whole, { alpha, clusters });
  return {
    standard: byWhole('standard'),
    independent: estimated(terms.independent, marginal, { alpha, clusters, perRow: positions }),
    cascade: byWhole('cascade'),
    ...(model !== undefined && { cascadeDr: byWhole('cascadeDr') }),
    pseudoInverse: estimated(terms.pseudoInverse, sums, { alpha, clusters }),
  };
}

interface Reading {
  readonly alpha: number;
  readonly clusters: Int32Array | undefined;
  /** Weights of a slate. */
  readonly perRow?: number;
}

function estimated(terms: Float64Array, weights: Float64Array, { alpha, clusters, perRow = 1 }: Reading): SlateValue {
  const sum = weights.reduce((total, w) => total + w, 0);
  const squares = weights.reduce((total, w) => total + w * w, 0);
  return {
    ...clusteredMean(terms, clusters, alpha),
    effectiveSampleSize: squares > 0 ? (sum * sum) / squares / perRow : 0,
  };
}

function ratios(propensity: Float64Array, target: Float64Array): Float64Array {
  return propensity.map((p, i) => target[i]! / p);
}

function check({ rows, positions, propensity, target }: SlateLog): void {
  if (rows < 2) throw new RialtoError('bad-experiment', `the log has ${rows} slates: too few to evaluate a policy on`);
  for (let i = 0; i < rows * positions; i++) {
    if (propensity[i]! > 0 && propensity[i]! <= 1 && target[i]! >= 0 && target[i]! <= 1) continue;
    throw new RialtoError(
      'bad-experiment',
      `slate ${Math.floor(i / positions) + 1}, position ${(i % positions) + 1}: the logging policy's probability is ${propensity[i]} and the target's ${target[i]}; they must lie in (0, 1] and [0, 1]`,
    );
  }
}
