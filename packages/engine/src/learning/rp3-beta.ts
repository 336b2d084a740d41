/**
 * RP3β (Paudel et al., TiiS 2017): three random steps on the graph of buyers and items, item → buyer → item, with what is
 * popular held back.
 *
 *     w_ij = |j|^−β Σ_u x_ui x_uj |i|^−α |u|^−α
 *
 * and each item keeps its `neighbours` strongest steps. |·| counts interactions.
 */
import { CoOccurrence, rowWeights } from './co-occurrence.ts';
import { EdgeWriter, ItemGraph } from './item-graph.ts';
import type { Recommender } from './recommender.ts';
import { columnCounts, type SparseMatrix } from './sparse-matrix.ts';
import { topSet } from './top-scores.ts';

const KIND = 'rp3-beta';

export interface Rp3BetaOptions {
  readonly neighbours: number;
  readonly alpha: number;
  readonly beta: number;
}

export const DEFAULT_RP3_BETA: Rp3BetaOptions = { neighbours: 200, alpha: 0.8, beta: 0.4 };

export function fitRp3Beta(matrix: SparseMatrix, options: Rp3BetaOptions = DEFAULT_RP3_BETA): Recommender {
  const { neighbours, alpha, beta } = options;
  const together = new CoOccurrence(matrix, rowWeights(matrix, alpha));
  const counts = columnCounts(matrix);
  const leave = Float64Array.from(counts, (count) => Math.max(1, count) ** -alpha);
  const held = Float64Array.from(counts, (count) => Math.max(1, count) ** -beta);
  const items = matrix.columnCount;
  const edges = new EdgeWriter(items);
  const steps = new Float32Array(items);
  const room = new Float32Array(items);
  const best = new Int32Array(neighbours);
  for (let item = 0; item < items; item++) {
    const touched = together.row(item);
    for (let t = 0; t < touched.length; t++) {
      const other = touched[t]!;
      steps[t] = other === item ? Number.NEGATIVE_INFINITY : leave[item]! * together.counts[other]! * held[other]!;
    }
    const size = topSet(steps, neighbours, best, touched.length, room);
    for (let i = 0; i < size; i++) edges.add(touched[best[i]!]!, steps[best[i]!]!);
    edges.next();
  }
  return new ItemGraph(KIND, edges.edges());
}

export const loadRp3Beta = (bytes: Uint8Array): Recommender => ItemGraph.load(bytes, KIND);
