/**
 * What showing each candidate is worth, by the value expression of the placement's ranker: the heads that count are asked, over the features that
 * are filled already. Boosts and burials multiply a value; what is worth less than nothing is divided. Scratch memory, reused.
 */
import { CANDIDATES_MAX } from '../features/candidates.ts';
import type { FeatureInput } from '../features/feature.ts';
import type { Heads } from './action-heads.ts';
import type { FeatureMatrix } from './ranker.ts';
import { type CompiledRules, satisfies } from './rules.ts';
import { ACTIONS, evaluateValue, type ValueExpression } from './value-expression.ts';

export interface ValuesInput {
  readonly expression: ValueExpression;
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

  /** `features.candidates.score` holds the ranker's scores, before boosts and burials, where a head that counts is a prior. */
  fill({ expression, heads, placement, matrix, features, rules }: ValuesInput): void {
    const { candidates, market } = features;
    for (const action of expression.actions)
      heads.predict(action, { placement, matrix, features }, this.probabilities[action]!);
    const pricesMicros = market.listings.priceMicros.data;
    const columns = { probabilities: this.probabilities, pricesMicros, listings: candidates.listing };
    evaluateValue(expression, candidates.size, columns, this.values);
    for (const { condition, logFactor } of rules.shift) {
      const factor = Math.exp(logFactor);
      for (let i = 0; i < candidates.size; i++)
        if (satisfies(condition, candidates.listing[i]!, market))
          this.values[i]! *= this.values[i]! < 0 ? 1 / factor : factor;
    }
  }
}
