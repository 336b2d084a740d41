/**
 * Why a candidate scored as it did, for people: what each feature added against the mean of all candidates of the decision. The
 * effects of a candidate add up to its score less the mean score, before rules: a feature that is the same for all explains nothing but what
 * having been bought before is worth (own-share.ts).
 * A ranker with a network adds what that makes of each feature, and of which listing it is and where the buyer came from, by integrated
 * gradients (learning/deep-attribution.ts); one with trees, what they make of each feature, by Shapley's values (learning/forest-scorer.ts).
 */
import type { ScoreReason } from '@rialto/sdk';
import { FEATURES } from '../features/catalogue.ts';
import type { Identity } from '../features/identities.ts';
import { type AdditiveModel, cellOf, explainRow, type FeatureRows } from '../learning/additive-model.ts';
import { OWN_IDENTITY } from '../learning/deep-ranking.ts';
import { NETWORK_IDENTITIES } from '../ranking/deep-ranker.ts';
import { withOwnShare } from './own-share.ts';

/** Log-odds below which nobody asks: a factor of 1.02. */
const EFFECT_MIN = 0.02;

export class ScoreReasons {
  /** What each feature added, in log-odds. [candidates] */
  readonly effects: readonly Readonly<Record<string, number>>[];
  readonly #matrix: FeatureRows;
  readonly #bias: AdditiveModel['bias'];
  readonly #meanEffects: readonly number[]; // [features]
  readonly #meanValues: readonly number[]; // [features]
  /** [identities], where there is a network */
  readonly #meanIdentities: readonly number[] | undefined;
  readonly #meanOwn: number;

  /** added: what a network adds, features first and then identities. [candidates][fields] */
  constructor(model: AdditiveModel, matrix: FeatureRows, added?: readonly Float64Array[]) {
    const rows = Array.from({ length: matrix.rows }, (_, row) => row);
    const mean = (of: (row: number) => number) => rows.reduce((sum, row) => sum + of(row), 0) / rows.length;
    this.#matrix = matrix;
    this.#bias = model.bias;
    const each = rows.map((row) => withAdded(explainRow(model, matrix, row), added?.[row]));
    this.effects = withOwnShare(each, matrix);
    this.#meanEffects = FEATURES.map(({ name }) => mean((row) => this.effects[row]![name]!));
    this.#meanValues = matrix.columns.map((column) => mean((row) => cellOf(column, row)));
    this.#meanIdentities =
      added?.[0] && identitiesIn(added[0]).map(({ name }) => mean((row) => this.effects[row]![name]!));
    this.#meanOwn = mean((row) => model.bias[matrix.gates[row]!]! + this.effects[row]![OWN_IDENTITY]!);
  }

  /** All that moved the candidate, the strongest first. */
  of(candidate: number): ScoreReason[] {
    const own = this.#matrix.gates[candidate]!;
    const reasons = FEATURES.map(({ name, words }, feature): ScoreReason => {
      const effect = this.effects[candidate]![name]! - this.#meanEffects[feature]!;
      const value = cellOf(this.#matrix.columns[feature]!, candidate).toFixed(2);
      return {
        feature: name,
        effect,
        words: `“${words}” ${value}, on average ${this.#meanValues[feature]!.toFixed(2)}: ${odds(effect)}`,
      };
    });
    const effect = this.#bias[own]! + this.effects[candidate]![OWN_IDENTITY]! - this.#meanOwn;
    this.#meanIdentities?.forEach((meanEffect, i) => {
      const { name, words } = NETWORK_IDENTITIES[i]!;
      if (name === OWN_IDENTITY) return;
      const added = this.effects[candidate]![name]! - meanEffect;
      reasons.push({ feature: name, effect: added, words: `${words}: ${odds(added)}` });
    });
    reasons.push({
      feature: 'own',
      effect,
      words: `${own === 1 ? 'bought before' : 'new to the buyer'}: ${odds(effect)}`,
    });
    return reasons
      .filter((reason) => Math.abs(reason.effect) >= EFFECT_MIN)
      .sort((a, b) => Math.abs(b.effect) - Math.abs(a.effect));
  }
}

/** Those that what is on top of the additive model knows. */
const identitiesIn = (added: Float64Array): readonly Identity[] =>
  NETWORK_IDENTITIES.slice(0, added.length - FEATURES.length);

function withAdded(effects: Record<string, number>, added: Float64Array | undefined): Record<string, number> {
  if (added === undefined) return effects;
  FEATURES.forEach(({ name }, feature) => {
    effects[name]! += added[feature]!;
  });
  identitiesIn(added).forEach(({ name }, i) => {
    effects[name] = added[FEATURES.length + i]!;
  });
  return effects;
}

const odds = (effect: number): string =>
  effect >= 0 ? `odds × ${Math.exp(effect).toFixed(2)}` : `odds ÷ ${Math.exp(-effect).toFixed(2)}`;
