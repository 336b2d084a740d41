/**
 * LambdaMART (Burges, MSR-TR-2010-82): boosted trees on gradients that pull pairs of a query's documents apart, each pair
 * weighted by how much swapping the two would change the query's NDCG. For a pair of grades i > j, with s the scores:
 *
 *     ρ = 1 / (1 + exp(s_i − s_j)),   λ_ij = −ρ · |ΔNDCG_ij|,   h_ij = ρ (1 − ρ) · |ΔNDCG_ij|
 *
 * Pairs count where the better placed of the two is within `truncation`. As in LightGBM, |ΔNDCG| is divided by the distance of
 * the scores, and each query's lambdas by their sum, of which only the logarithm is kept, so that long queries do not drown the others.
 */
import type { Objective } from './boosted-trees.ts';
import { bestDcg, discountOf, gainOf, orderOf } from './ndcg.ts';

export interface LambdaOptions {
  readonly truncation: number;
  readonly normalised: boolean;
}

export const DEFAULT_LAMBDA: LambdaOptions = { truncation: 30, normalised: true };

/** Added to a distance of scores before dividing by it, as in LightGBM. */
const DISTANCE_ADDED = 0.01;

/** grades: [rows]; groups: where each query's rows start, [queries + 1] */
export function lambdaObjective(
  grades: Uint8Array,
  groups: Int32Array,
  { truncation, normalised }: LambdaOptions = DEFAULT_LAMBDA,
): Objective {
  const queries = groups.length - 1;
  const ideals = Float64Array.from({ length: queries }, (_, query) =>
    bestDcg(truncation, grades.subarray(groups[query]!, groups[query + 1]!)),
  );
  return {
    start: 0,
    gradients(scores, gradients, hessians, drawn) {
      const count = drawn?.length ?? queries;
      for (let i = 0; i < count; i++) {
        const query = drawn === undefined ? i : drawn[i]!;
        const from = groups[query]!;
        const to = groups[query + 1]!;
        gradients.fill(0, from, to);
        hessians.fill(0, from, to);
        if (ideals[query] === 0) continue;
        const order = orderOf(scores, from, to);
        const sum = addPairs(order, ideals[query]!, grades, scores, gradients, hessians, truncation, normalised);
        if (!normalised || sum <= 0) continue;
        const factor = Math.log2(1 + sum) / sum;
        for (let row = from; row < to; row++) {
          gradients[row]! *= factor;
          hessians[row]! *= factor;
        }
      }
    },
  };
}

/** Adds the lambdas of one query's pairs; returns the sum of their sizes. order: rows by falling score */
function addPairs(
  order: Int32Array,
  ideal: number,
  grades: Uint8Array,
  scores: Float64Array,
  gradients: Float64Array,
  hessians: Float64Array,
  truncation: number,
  normalised: boolean,
): number {
  const spread = scores[order[0]!]! !== scores[order[order.length - 1]!]!;
  let sum = 0;
  for (let above = 0; above < Math.min(truncation, order.length - 1); above++) {
    for (let below = above + 1; below < order.length; below++) {
      const a = order[above]!;
      const b = order[below]!;
      if (grades[a] === grades[b]) continue;
      const [better, worse] = grades[a]! > grades[b]! ? [a, b] : [b, a];
      const distance = scores[better]! - scores[worse]!;
      let change =
        ((gainOf(grades[better]!) - gainOf(grades[worse]!)) * (discountOf(above) - discountOf(below))) / ideal;
      if (normalised && spread) change /= DISTANCE_ADDED + Math.abs(distance);
      const rho = 1 / (1 + Math.exp(distance));
      const lambda = rho * change;
      const hessian = rho * (1 - rho) * change;
      gradients[better]! -= lambda;
      gradients[worse]! += lambda;
      hessians[better]! += hessian;
      hessians[worse]! += hessian;
      sum += 2 * lambda;
    }
  }
  return sum;
}
