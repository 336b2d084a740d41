/**
 * Why a candidate is worth what it is to a declared ranker, for people: what is predicted of it, and what each feature adds to its value against the
 * mean of all candidates (ranking/value-effects.ts). Where an action has a prior, its log-odds are the ranking model's score, scaled.
 */
import type { ScoreReason } from '@rialto/sdk';
import { FEATURES } from '../features/catalogue.ts';
import type { FeatureInput } from '../features/feature.ts';
import { PAGE_IDENTITIES } from '../features/identities.ts';
import { type AdditiveModel, cellOf, type FeatureRows } from '../learning/additive-model.ts';
import { OWN_IDENTITY } from '../learning/deep-ranking.ts';
import { type Heads, priorSlope } from '../ranking/action-heads.ts';
import type { CandidateValues } from '../ranking/candidate-values.ts';
import { NETWORK_IDENTITIES } from '../ranking/deep-ranker.ts';
import type { FeatureMatrix } from '../ranking/feature-matrix.ts';
import { type FieldEffects, OBJECTIVE, valueEffects } from '../ranking/value-effects.ts';
import { ACTIONS, type ValueExpression } from '../ranking/value-expression.ts';
import { withOwnShare } from './own-share.ts';
import type { ScoreReasons } from './score-reasons.ts';

/** Of a candidate's strongest effect: less nobody asks for. */
const EFFECT_SHARE_MIN = 0.02;

const WORDS: ReadonlyMap<string, string> = new Map(
  [...FEATURES, ...NETWORK_IDENTITIES, ...PAGE_IDENTITIES].map(({ name, words }) => [name, words]),
);

export interface ValuedPlacement {
  readonly placement: string;
  readonly expression: ValueExpression;
  readonly heads: Heads;
  readonly values: CandidateValues;
  readonly matrix: FeatureMatrix;
  readonly features: FeatureInput;
}

export class ValueReasons {
  /** What each feature adds to the value. [candidates] */
  readonly effects: readonly FieldEffects[];
  readonly #valued: ValuedPlacement;
  readonly #whole: FeatureRows;
  readonly #means: ReadonlyMap<string, number>;

  /** scored: of the ranking model `model`, by whose score priors go. */
  constructor(valued: ValuedPlacement, model: AdditiveModel, scored: ScoreReasons) {
    const { expression, heads, values, matrix, features, placement } = valued;
    this.#valued = valued;
    this.#whole = matrix.whole();
    const { gates, rows } = this.#whole;
    const byAction = expression.actions.map((action): readonly FieldEffects[] => {
      if (heads.isTrained(action))
        return withOwnShare(heads.effects(action, { placement, matrix, features }), this.#whole);
      const slope = priorSlope(ACTIONS[action]!);
      return scored.effects.map((of, row) => {
        const own = (of[OWN_IDENTITY] ?? 0) + model.bias[gates[row]!]!;
        const all = Object.entries({ ...of, [OWN_IDENTITY]: own });
        return Object.fromEntries(all.map(([field, effect]) => [field, slope * effect]));
      });
    });
    this.effects = valueEffects(expression, values.columns(features), byAction);
    this.#means = new Map(
      FEATURES.map(({ name }, feature) => {
        let sum = 0;
        for (let row = 0; row < rows; row++) sum += cellOf(this.#whole.columns[feature]!, row);
        return [name, sum / rows];
      }),
    );
  }

  /** Of the actions that the objective names. */
  predicted(candidate: number): Record<string, number> {
    const { expression, values } = this.#valued;
    return Object.fromEntries(
      expression.actions.map((action) => [ACTIONS[action]!, values.probabilities[action]![candidate]!]),
    );
  }

  /** All that moved the candidate, the strongest first. */
  of(candidate: number): ScoreReason[] {
    const all = Object.entries(this.effects[candidate]!).sort(([, a], [, b]) => Math.abs(b) - Math.abs(a));
    const least = EFFECT_SHARE_MIN * Math.abs(all[0]?.[1] ?? 0);
    return all
      .filter(([, effect]) => effect !== 0 && Math.abs(effect) >= least)
      .map(([feature, effect]) => ({
        feature,
        effect,
        words: `${this.#words(feature, candidate)}: ${signed(effect)}`,
      }));
  }

  #words(field: string, candidate: number): string {
    if (field === OBJECTIVE) return `what the objective makes of its price and attributes`;
    if (field === OWN_IDENTITY) return this.#whole.gates[candidate] === 1 ? 'bought before' : 'new to the buyer';
    const mean = this.#means.get(field);
    if (mean === undefined) return WORDS.get(field)!;
    const column = this.#whole.columns[FEATURES.findIndex(({ name }) => name === field)]!;
    return `“${WORDS.get(field)}” ${cellOf(column, candidate).toFixed(2)}, on average ${mean.toFixed(2)}`;
  }
}

const signed = (effect: number): string => `value ${effect < 0 ? '−' : '+'} ${Math.abs(effect).toPrecision(2)}`;
