/**
 * Item-kNN (Sarwar et al., WWW 2001; shrinkage as in Bell and Koren, KDD Cup 2007): items are alike where the same buyers
 * met both.
 *
 *     w_ij = c_ij / (c_ii^α c_jj^(1−α) + shrink · c̄),   c_ij = Σ_u |u|^−δ x_ui x_uj,   c̄ = mean of c_ii
 *
 * α = ½ is the cosine, other values the asymmetric cosine (Aiolli, RecSys 2013); δ > 0 gives long histories less say, as
 * tf-idf does. Each item keeps the `neighbours` that are most alike.
 */
import { CoOccurrence, rowWeights } from './co-occurrence.ts';
import { EdgeWriter, edgesFromIncoming, ItemGraph } from './item-graph.ts';
import type { Recommender } from './recommender.ts';
import type { SparseMatrix } from './sparse-matrix.ts';
import { topSet } from './top-scores.ts';

const KIND = 'item-knn';

export interface ItemKnnOptions {
  readonly neighbours: number;
  readonly shrink: number;
  readonly alpha: number;
  readonly rowExponent: number;
}

export const DEFAULT_ITEM_KNN: ItemKnnOptions = { neighbours: 100, shrink: 1, alpha: 0.5, rowExponent: 0.25 };

export function fitItemKnn(matrix: SparseMatrix, options: ItemKnnOptions = DEFAULT_ITEM_KNN): Recommender {
  const { neighbours, alpha, rowExponent } = options;
  const together = new CoOccurrence(matrix, rowWeights(matrix, rowExponent));
  const own = ownWeights(together);
  const shrink = options.shrink * meanOfPositive(own);
  const from = own.map((weight) => weight ** alpha);
  const to = own.map((weight) => weight ** (1 - alpha));
  const items = matrix.columnCount;
  const incoming = new EdgeWriter(items);
  const likeness = new Float32Array(items);
  const room = new Float32Array(items);
  const best = new Int32Array(neighbours);
  for (let item = 0; item < items; item++) {
    const touched = together.row(item);
    for (let t = 0; t < touched.length; t++) {
      const other = touched[t]!;
      const scale = from[other]! * to[item]! + shrink;
      likeness[t] = other === item ? Number.NEGATIVE_INFINITY : together.counts[other]! / scale;
    }
    const size = topSet(likeness, neighbours, best, touched.length, room);
    for (let i = 0; i < size; i++) incoming.add(touched[best[i]!]!, likeness[best[i]!]!);
    incoming.next();
  }
  return new ItemGraph(KIND, edgesFromIncoming(items, incoming.edges()));
}

export const loadItemKnn = (bytes: Uint8Array): Recommender => ItemGraph.load(bytes, KIND);

/** c_ii. [items] */
export function ownWeights({ byItem, weights }: CoOccurrence): Float64Array {
  const own = new Float64Array(byItem.rowCount);
  for (let item = 0; item < own.length; item++)
    for (let e = byItem.starts[item]!; e < byItem.starts[item + 1]!; e++) own[item]! += weights[byItem.columns[e]!]!;
  return own;
}

export function meanOfPositive(values: Float64Array): number {
  let sum = 0;
  let count = 0;
  for (const value of values) {
    if (value <= 0) continue;
    sum += value;
    count++;
  }
  return count === 0 ? 1 : sum / count;
}
