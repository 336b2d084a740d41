/**
 * How good one list of recommendations is against what was held out.
 *
 *     recall@k = hits / wanted,   nDCG@k = Σ_hits 1/log₂(position + 2) / Σ_{p < min(k, wanted)} 1/log₂(p + 2)
 */
export interface ListQuality {
  readonly recall: number;
  readonly ndcg: number;
}

/** `wanted` is ascending and not empty. */
export function listQuality(list: Int32Array, wanted: Int32Array, k: number): ListQuality {
  let hits = 0;
  let gain = 0;
  for (let position = 0; position < Math.min(k, list.length); position++) {
    if (!holds(wanted, list[position]!)) continue;
    hits++;
    gain += 1 / Math.log2(position + 2);
  }
  let ideal = 0;
  for (let position = 0; position < Math.min(k, wanted.length); position++) ideal += 1 / Math.log2(position + 2);
  return { recall: hits / wanted.length, ndcg: gain / ideal };
}

function holds(ascending: Int32Array, value: number): boolean {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return ascending[low] === value;
}
