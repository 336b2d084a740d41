/**
 * Why a candidate scored as it did, for people: what each feature added against the mean of all candidates of the decision. The
 * effects of a candidate add up to its score less the mean score, before rules: a feature that is the same for all explains nothing.
 */
import type { ScoreReason } from '@rialto/sdk';
import { FEATURES } from '../features/catalogue.ts';
import { type AdditiveModel, cellOf, explainRow, type FeatureRows } from '../learning/additive-model.ts';

/** Log-odds below which nobody asks: a factor of 1.02. */
const EFFECT_MIN = 0.02;

export class ScoreReasons {
  /** What each feature added, in log-odds. [candidates] */
  readonly effects: readonly Readonly<Record<string, number>>[];
  readonly #matrix: FeatureRows;
  readonly #bias: AdditiveModel['bias'];
  readonly #meanEffects: readonly number[]; // [features]
  readonly #meanValues: readonly number[]; // [features]
  readonly #meanBias: number;

  constructor(model: AdditiveModel, matrix: FeatureRows) {
    const rows = Array.from({ length: matrix.rows }, (_, row) => row);
    const mean = (of: (row: number) => number) => rows.reduce((sum, row) => sum + of(row), 0) / rows.length;
    this.#matrix = matrix;
    this.#bias = model.bias;
    this.effects = rows.map((row) => explainRow(model, matrix, row));
    this.#meanEffects = FEATURES.map(({ name }) => mean((row) => this.effects[row]![name]!));
    this.#meanValues = matrix.columns.map((column) => mean((row) => cellOf(column, row)));
    this.#meanBias = mean((row) => model.bias[matrix.gates[row]!]!);
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
    const effect = this.#bias[own]! - this.#meanBias;
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

const odds = (effect: number): string =>
  effect >= 0 ? `odds × ${Math.exp(effect).toFixed(2)}` : `odds ÷ ${Math.exp(-effect).toFixed(2)}`;
