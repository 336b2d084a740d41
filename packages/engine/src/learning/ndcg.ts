/**
 * Normalised discounted cumulative gain (Järvelin and Kekäläinen, 2002; gains as in Burges et al., 2005), of graded documents by
 * query:
 *
 *     DCG@k = Σ_{i=1..k} (2^grade_i − 1) / log2(i + 1),     NDCG@k = DCG@k / the best DCG@k that the grades allow
 *
 * A query without relevant documents counts 1, as in LightGBM. Equal scores keep the order of the documents in the file.
 */

/** Of grades that fit a byte. */
const GAINS = Float64Array.from({ length: 256 }, (_, grade) => 2 ** grade - 1);
const DISCOUNTS = Float64Array.from({ length: 1024 }, (_, rank) => 1 / Math.log2(rank + 2));

/** `grade` is from 0 to 255. */
export const gainOf = (grade: number): number => GAINS[grade]!;

/** `rank` counts from 0. */
export const discountOf = (rank: number): number => DISCOUNTS[rank] ?? 1 / Math.log2(rank + 2);

/** Mean over queries. grades, scores: [rows]; groups: [queries + 1] */
export const ndcgAt = (k: number, grades: Uint8Array, scores: Float64Array, groups: Int32Array): number =>
  ndcgOf(k, grades, groups)(scores);

/** The same by scores. */
export function ndcgOf(k: number, grades: Uint8Array, groups: Int32Array): (scores: Float64Array) => number {
  const queries = groups.length - 1;
  const ideals = Float64Array.from({ length: queries }, (_, query) =>
    bestDcg(k, grades.subarray(groups[query]!, groups[query + 1]!)),
  );
  return (scores) => {
    let sum = 0;
    for (let query = 0; query < queries; query++) {
      const ideal = ideals[query]!;
      sum += ideal === 0 ? 1 : dcg(k, grades, orderOf(scores, groups[query]!, groups[query + 1]!)) / ideal;
    }
    return sum / queries;
  };
}

/** So few rows are sorted faster by putting one after the other into its place. */
const FEW_ROWS = 64;

/** The rows [from, to) from the highest score to the lowest. */
export function orderOf(scores: Float64Array, from: number, to: number): Int32Array {
  const order = new Int32Array(to - from);
  for (let i = 0; i < order.length; i++) order[i] = from + i;
  if (order.length > FEW_ROWS) return order.sort((a, b) => scores[b]! - scores[a]! || a - b);
  for (let i = 1; i < order.length; i++) {
    const row = order[i]!;
    const score = scores[row]!;
    let place = i;
    for (; place > 0 && scores[order[place - 1]!]! < score; place--) order[place] = order[place - 1]!;
    order[place] = row;
  }
  return order;
}

export function bestDcg(k: number, grades: Uint8Array): number {
  const sorted = grades.slice().sort().reverse();
  let sum = 0;
  for (let rank = 0; rank < Math.min(k, sorted.length); rank++) sum += gainOf(sorted[rank]!) * discountOf(rank);
  return sum;
}

function dcg(k: number, grades: Uint8Array, order: Int32Array): number {
  let sum = 0;
  for (let rank = 0; rank < Math.min(k, order.length); rank++) sum += gainOf(grades[order[rank]!]!) * discountOf(rank);
  return sum;
}
