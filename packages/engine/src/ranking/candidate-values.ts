/**
 * What showing each candidate is worth, by the value expression of the placement's ranker: the heads that count are asked, over the features that
 * are filled already. An attribute that a listing lacks has the ranker's default, else 0; a `rating` that it lacks is the mean of its reviews. Boosts and burials multiply a value; what is worth less than nothing is divided. Scratch memory, reused.
 */
import { CANDIDATES_MAX } from '../features/candidates.ts';
import type { FeatureInput } from '../features/feature.ts';
import { meanRating } from '../features/rating.ts';
import type { Heads } from './action-heads.ts';
import type { FeatureMatrix } from './feature-matrix.ts';
import { type CompiledRules, satisfies } from './rules.ts';
import { ACTIONS, evaluateValue, RATING, type ValueColumns, type ValueExpression } from './value-expression.ts';

export interface ValuesInput {
  readonly expression: ValueExpression;
  /** Of attributes that a listing lacks. */
  readonly defaults: Readonly<Record<string, number>> | undefined;
  readonly heads: Heads;
  readonly placement: string;
  readonly matrix: FeatureMatrix;
  readonly features: FeatureInput;
  readonly rules: CompiledRules;
}

export class CandidateValues {
  /** [candidates] */
  readonly values = new Float64Array(CANDIDATES_MAX);
  /** Of the actions that count. [ACTIONS][candidates] */
  readonly probabilities: readonly Float64Array[] = ACTIONS.map(() => new Float64Array(CANDIDATES_MAX));

  /** [attributes of the expression][candidates] */
  readonly #attributes: Float64Array[] = [];

  /** What values were last made of. */
  columns({ candidates, market }: FeatureInput): ValueColumns {
    const pricesMicros = market.listings.priceMicros.data;
    return {
      probabilities: this.probabilities,
      pricesMicros,
      listings: candidates.listing,
      attributes: this.#attributes,
    };
  }

  /** `features.candidates.score` holds the ranker's scores, before boosts and burials, where a head that counts is a prior. */
  fill({ expression, defaults, heads, placement, matrix, features, rules }: ValuesInput): void {
    const { candidates, market } = features;
    heads.predict(expression.actions, { placement, matrix, features }, this.probabilities);
    const attributes = this.#attributes;
    for (let i = 0; i < expression.attributes.length; i++) {
      attributes[i] ??= new Float64Array(CANDIDATES_MAX);
      fillAttribute(expression.attributes[i]!, defaults, features, attributes[i]!);
    }
    evaluateValue(expression, candidates.size, this.columns(features), this.values);
    for (const { condition, logFactor } of rules.shift) {
      const factor = Math.exp(logFactor);
      for (let i = 0; i < candidates.size; i++)
        if (satisfies(condition, candidates.listing[i]!, market))
          this.values[i]! *= this.values[i]! < 0 ? 1 / factor : factor;
    }
  }
}

/** out: [candidates] */
function fillAttribute(
  name: string,
  defaults: ValuesInput['defaults'],
  { candidates, market }: FeatureInput,
  out: Float64Array,
): void {
  const { listing, size } = candidates;
  const numbers = market.listings.numbersOf(name);
  const declared = defaults !== undefined && Object.hasOwn(defaults, name) ? defaults[name]! : undefined;
  for (let i = 0; i < size; i++) out[i] = numbers[listing[i]!]!;
  if (name === RATING && declared === undefined) {
    const reviews = market.reviews.count.data;
    const hundredths = market.reviews.ratingHundredths.data;
    for (let i = 0; i < size; i++)
      if (Number.isNaN(out[i]!)) out[i] = meanRating(hundredths[listing[i]!] ?? 0, reviews[listing[i]!] ?? 0);
    return;
  }
  const missing = declared ?? 0;
  for (let i = 0; i < size; i++) if (Number.isNaN(out[i]!)) out[i] = missing;
}
