/** An additive model (additive-model.ts) over row-major examples, as training walks them: the score of a row, and its share of the gradient. */
import { type AdditiveModel, KNOTS } from './additive-model.ts';

/** The log-odds of a row. values: [rows × features] */
export function scoreRow(
  { features, lines, bias }: AdditiveModel,
  values: Float32Array,
  row: number,
  gate: number,
): number {
  let score = bias[gate]!;
  let line = gate * features.length * KNOTS;
  for (let i = row * features.length; i < (row + 1) * features.length; i++, line += KNOTS) {
    const x = values[i]! * (KNOTS - 1);
    const knot = x >= KNOTS - 1 ? KNOTS - 2 : x | 0;
    const left = lines[line + knot]!;
    score += left + (lines[line + knot + 1]! - left) * (x - knot);
  }
  return score;
}

/** Adds what a row's gradient by its score means for each weight of the lines. sums: [GATES × features × KNOTS] */
export function addRowGradient(
  sums: Float64Array,
  values: Float32Array,
  row: number,
  gate: number,
  features: number,
  gradient: number,
): void {
  let line = gate * features * KNOTS;
  for (let i = row * features; i < (row + 1) * features; i++, line += KNOTS) {
    const x = values[i]! * (KNOTS - 1);
    const knot = x >= KNOTS - 1 ? KNOTS - 2 : x | 0;
    const share = x - knot;
    // A line starts at 0, so that what all rows share is left to the bias and a feature without values keeps its prior.
    if (knot > 0) sums[line + knot]! += gradient * (1 - share);
    sums[line + knot + 1]! += gradient * share;
  }
}
