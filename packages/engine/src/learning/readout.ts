/**
 * From the projections y of a network's example, and the sum of its pairs P, to the log-odds z_t of each head, and the gradients back:
 *
 *     z_t = y_t + s_t P + Σ_p a_tp y_{p,1} y_{p,2} + Σ_j u_tj max(0, y_j)
 */
import type { NetworkShape } from './network-layout.ts';

/** s, then a, then u of each head. [heads × (1 + products + units)] */
export type ReadoutWeights = Float32Array;

/** y: projections of an example from `at` on: heads, products by two, units. */
export function readOut(
  { heads, products, units }: NetworkShape,
  weights: ReadoutWeights,
  { y, at, pairs, head }: { y: Float32Array; at: number; pairs: number; head: number },
): number {
  let weight = head * (1 + products + units);
  let z = y[at + head]! + weights[weight++]! * pairs;
  let column = at + heads;
  for (let product = 0; product < products; product++, column += 2)
    z += weights[weight++]! * y[column]! * y[column + 1]!;
  for (let unit = 0; unit < units; unit++, column++, weight++) {
    z += weights[weight]! * Math.max(0, y[column]!);
  }
  return z;
}

/** Adds to ∂loss/∂y and to ∂loss/∂weights what `error` = ∂loss/∂z makes of them; returns ∂loss/∂P. */
export function readBack(
  { heads, products, units }: NetworkShape,
  weights: ReadoutWeights,
  { y, at, pairs, head }: { y: Float32Array; at: number; pairs: number; head: number },
  error: number,
  into: { dy: Float32Array; gradient: Float32Array },
): number {
  const { dy, gradient } = into;
  let weight = head * (1 + products + units);
  dy[at + head]! += error;
  const ofPairs = error * weights[weight]!;
  gradient[weight++]! += error * pairs;
  let column = at + heads;
  for (let product = 0; product < products; product++, column += 2, weight++) {
    const left = y[column]!;
    const right = y[column + 1]!;
    const weighted = error * weights[weight]!;
    gradient[weight]! += error * left * right;
    dy[column]! += weighted * right;
    dy[column + 1]! += weighted * left;
  }
  for (let unit = 0; unit < units; unit++, column++, weight++) {
    // Not branched on, as it cannot be predicted.
    const value = y[column]!;
    gradient[weight]! += error * Math.max(0, value);
    dy[column]! += error * Number(value > 0) * weights[weight]!;
  }
  return ofPairs;
}
