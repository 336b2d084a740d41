/**
 * What fitting a recommender and asking it for a buyer's scores cost, in nanoseconds of an ordinary core: operations of each
 * kind from the data's form, times what one took where it was measured. Right to a factor of two, which is enough to share out
 * work and to leave out what would take minutes. No clock is read, so that the same data gives the same plan.
 *
 *     steps      Σ_u |u|²: from an item to its buyers and on to their items
 *     meetings   Σ_i |i|²: from a buyer to the items and on to their buyers
 */
import type { RecommenderKind, RecommenderOptions } from '../learning/recommender-kinds.ts';
import { columnCounts, rowSize, type SparseMatrix } from '../learning/sparse-matrix.ts';

export interface DataForm {
  readonly buyers: number;
  readonly items: number;
  readonly pairs: number;
  readonly steps: number;
  readonly meetings: number;
  /** Co-occurrences of each item with others, repeats counted. [items] */
  readonly others: Float64Array;
}

export interface TrialCost {
  readonly fit: number;
  readonly score: number;
}

/** A buyer's longest part that is counted in full, as co-occurrence.ts does. */
const HISTORY_MAX = 1000;
/** A row of co-occurrences that is kept, at most: neighbourhood-ridge.ts. */
const ROW_MAX = 600;

export function formOf(matrix: SparseMatrix): DataForm {
  const { rowCount, columnCount, starts, columns } = matrix;
  const others = new Float64Array(columnCount);
  let steps = 0;
  for (let row = 0; row < rowCount; row++) {
    const size = rowSize(matrix, row);
    steps += Math.min(size, HISTORY_MAX) ** 2;
    for (let e = starts[row]!; e < starts[row + 1]!; e++) others[columns[e]!]! += size - 1;
  }
  let meetings = 0;
  for (const count of columnCounts(matrix)) meetings += count ** 2;
  return { buyers: rowCount, items: columnCount, pairs: columns.length, steps, meetings, others };
}

type CostOf = (form: DataForm, options: RecommenderOptions) => TrialCost;

const COSTS: Readonly<Record<RecommenderKind, CostOf>> = {
  ease: ({ items, pairs, buyers, steps }) => ({
    fit: 0.1 * items ** 3 + 2 * steps,
    score: 0.15 * items * (pairs / buyers),
  }),
  'neighbourhood-ridge': (form, options) => ({
    fit: 8 * form.steps + systems(form, options['neighbours']!),
    score: graphScore(form, options['neighbours']!),
  }),
  'implicit-als': ({ items, pairs, buyers }, options) => {
    const { factors, sweeps } = options as { readonly factors: number; readonly sweeps: number };
    const vectors = buyers + items;
    return {
      fit: factors * (sweeps! * (pairs + 45 * vectors) + 70 * vectors),
      score: 0.12 * factors! * items + 0.05 * factors! ** 3 + (0.03 * factors! ** 2 * pairs) / buyers,
    };
  },
  'rp3-beta': (form, options) => ({
    fit: 9 * form.steps + 15_000 * form.items,
    score: graphScore(form, options['neighbours']!),
  }),
  'item-knn': (form, options) => ({
    fit: 7 * form.steps + 8000 * form.items,
    score: graphScore(form, options['neighbours']!),
  }),
  'user-knn': ({ buyers, items, pairs, meetings }) => ({ fit: 20 * pairs, score: (6 * meetings) / buyers + items }),
  popularity: ({ pairs, items }) => ({ fit: 2 * pairs, score: 0.1 * items }),
};

export const trialCost = (kind: RecommenderKind, form: DataForm, options: RecommenderOptions): TrialCost =>
  COSTS[kind](form, options);

function graphScore({ items, pairs, buyers, others }: DataForm, neighbours: number): number {
  let edges = 0;
  for (const count of others) edges += Math.min(neighbours, count);
  return 1.5 * (edges / Math.max(1, items)) * (pairs / buyers) + 0.3 * items;
}

/** Of the neighbourhood ridge: to find each item's neighbours, to gather their co-occurrences and to solve. */
function systems({ items, steps, others }: DataForm, neighbours: number): number {
  const rowLength = Math.min(ROW_MAX, items, steps / Math.max(1, items));
  let all = 0;
  for (const count of others) {
    const own = Math.min(neighbours, count);
    all += 0.05 * own ** 3 + 4 * own * Math.min(rowLength, 3 * own) + 15 * Math.min(items, count);
  }
  return all;
}
