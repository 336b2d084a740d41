/**
 * What each feature did to the value of a candidate, v(p_1, …, p_n, attributes), where its predicted actions hang on features, logit p_a = Σ_f e_af: along
 * the straight path from the candidates' mean log-odds to its own (integrated gradients, Sundararajan et al., 2017), at its own attributes,
 *
 *     φ_f = Σ_a (e_af − ē_af) ∫ ∂v/∂logit p_a dt,   φ_objective = v(p̄, its attributes) − mean over all candidates of v(p̄, theirs)
 *
 * φ_objective is what the price and attributes of the listing make of the objective. Together they are the value less the mean of what all would be worth if
 * what is predicted of them were the same.
 */
import { logitOf, sigmoid } from '../learning/logistic.ts';
import { type ValueColumns, type ValueExpression, valueSlopes } from './value-expression.ts';

/** What an action's log-odds are the sum of, by field. */
export type FieldEffects = Readonly<Record<string, number>>;

/** The name under which price and attributes are told. */
export const OBJECTIVE = 'objective';

const STEPS = 16;

/** effects: [actions of the expression][rows]; returns φ by field. [rows] */
export function valueEffects(
  expression: ValueExpression,
  columns: ValueColumns,
  effects: readonly (readonly FieldEffects[])[],
): FieldEffects[] {
  const { actions } = expression;
  const rows = effects[0]!.length;
  const logits = actions.map((action) => Array.from(columns.probabilities[action]!.subarray(0, rows), logitOf));
  const means = logits.map((of) => of.reduce((sum, logit) => sum + logit, 0) / rows);
  const fields = new Set(effects.flatMap((of) => (of[0] === undefined ? [] : Object.keys(of[0]))));
  const meanEffects = effects.map((of) => meanOf(of, fields));
  const slopes = new Float64Array(actions.length);
  const atMean = new Float64Array(rows);
  for (let row = 0; row < rows; row++) atMean[row] = valueSlopes(expression, columns, row, means.map(sigmoid), slopes);
  const mean = atMean.reduce((sum, value) => sum + value, 0) / rows;
  return Array.from({ length: rows }, (_, row) => {
    const pulls = new Float64Array(actions.length);
    for (let step = 0; step < STEPS; step++) {
      const t = (step + 0.5) / STEPS;
      const p = means.map((from, i) => sigmoid(from + t * (logits[i]![row]! - from)));
      valueSlopes(expression, columns, row, p, slopes);
      for (let i = 0; i < p.length; i++) pulls[i]! += (slopes[i]! * p[i]! * (1 - p[i]!)) / STEPS;
    }
    const moved: Record<string, number> = { [OBJECTIVE]: atMean[row]! - mean };
    for (const field of fields)
      moved[field] = actions.reduce(
        (sum, _, i) => sum + pulls[i]! * ((effects[i]![row]![field] ?? 0) - meanEffects[i]![field]!),
        0,
      );
    return moved;
  });
}

function meanOf(effects: readonly FieldEffects[], fields: ReadonlySet<string>): Record<string, number> {
  const mean: Record<string, number> = {};
  for (const field of fields) mean[field] = effects.reduce((sum, of) => sum + (of[field] ?? 0), 0) / effects.length;
  return mean;
}
