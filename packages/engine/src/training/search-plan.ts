/**
 * What a choice of recommender may try, from the data's size: how many hold-outs of how many buyers, and how many settings of
 * which kinds. A budget of arithmetic is shared out by what one try costs; a kind whose single fit exceeds its bounds of time
 * or memory is left out, and so is the neighbourhood ridge where EASE, which it stands in for, costs less. Of large data a sample
 * of the buyers is tried on; what is chosen is fitted on all of them.
 */
import type { RecommenderKind, RecommenderOptions } from '../learning/recommender-kinds.ts';
import { columnCounts, rowSize, type SparseMatrix } from '../learning/sparse-matrix.ts';
import type { HoldOutOptions } from './hold-out.ts';

export interface PlannedSearch {
  readonly kind: RecommenderKind;
  /** Where the search begins, where that is not where it does in small data. */
  readonly start?: RecommenderOptions;
  readonly triesMax: number;
}

export interface SearchPlan {
  readonly holdOuts: readonly HoldOutOptions[];
  readonly searches: readonly PlannedSearch[];
  /** The catalogue is too large for a look at every item for every buyer: only graphs of items and of buyers are tried. */
  readonly sparse: boolean;
}

const HOLD_OUT_SHARE = 0.1;
/** Interactions held out, over all hold-outs, that tell two settings apart. */
const HELD_OUT_WANTED = 15_000;
const HOLD_OUTS = { min: 2, max: 6 };
/** Scores of one try: buyers × items. */
const CELLS_MAX = 40_000_000;
const BUYERS_MIN = 3000;
/** With more interactions two hold-outs are enough, and more would cost too much. */
const SMALL_DATA = 200_000;

/** Operations of all tries of one kind on one hold-out: so many for `BUDGET_DATA` interactions, up to `BUDGET_GROWTH` times that for more. */
const BUDGET = 3e9;
const BUDGET_DATA = 100_000;
const BUDGET_GROWTH = 4;
/** Co-occurrences of items that a fit of a try may cost: of more, a sample of the buyers is tried on. */
const PAIRS_MAX = 6e8;
/** Buyers × items: beyond, not even the last scoring of all can look at each. */
const DENSE_CELLS_MAX = 5e9;
const DENSE: readonly RecommenderKind[] = ['ease', 'implicit-als'];
/** Operations of a single fit that is still worth it. */
const FIT_MAX = 3e10;
/** 4 n² bytes: 64 MiB. */
const EASE_ITEMS_MAX = 4096;
/** One SIMD operation does about this many multiplications. */
const SIMD_GAIN = 8;
const NEIGHBOURS = 100;
/** Of a catalogue for which so many cost too much, and what is too much. */
const NEIGHBOURS_FEW = 40;
const SYSTEMS_MAX = 1e10;
const FACTORS = 32;
const SWEEPS = 6;

const TRIES_MAX: Readonly<Record<RecommenderKind, number>> = {
  ease: 6,
  'neighbourhood-ridge': 6,
  'implicit-als': 5,
  'rp3-beta': 4,
  'item-knn': 4,
  'user-knn': 4,
  popularity: 1,
};

export function searchPlan(matrix: SparseMatrix, seed: number): SearchPlan {
  const { rowCount, columnCount, columns } = matrix;
  const sparse = rowCount * columnCount > DENSE_CELLS_MAX;
  const share = Math.min(1, PAIRS_MAX / pairsOf(matrix));
  const rowsMax = Math.max(Math.min(rowCount, BUYERS_MIN), Math.floor(share * rowCount));
  const buyersMax = Math.max(BUYERS_MIN, Math.floor(CELLS_MAX / Math.max(1, columnCount)));
  const perHoldOut = HOLD_OUT_SHARE * columns.length * Math.min(1, buyersMax / Math.max(1, rowCount));
  const count = columns.length > SMALL_DATA ? HOLD_OUTS.min : Math.ceil(HELD_OUT_WANTED / Math.max(1, perHoldOut));
  const holdOuts = Array.from({ length: Math.min(HOLD_OUTS.max, Math.max(HOLD_OUTS.min, count)) }, (_, i) => ({
    share: HOLD_OUT_SHARE,
    buyersMax,
    seed: seed + i,
    ...(rowsMax < rowCount && { rowsMax }),
  }));
  const neighbours = systemsCost(matrix, NEIGHBOURS) <= SYSTEMS_MAX ? NEIGHBOURS : NEIGHBOURS_FEW;
  const costs = fitCosts(matrix, neighbours);
  const scoring = sparse ? 0 : 4 * Math.min(buyersMax, rowCount) * columnCount;
  const budget = BUDGET * Math.min(BUDGET_GROWTH, Math.max(1, columns.length / BUDGET_DATA));
  const searches = Object.entries(costs)
    .filter(([name, cost]) => cost <= FIT_MAX && !(name === 'neighbourhood-ridge' && costs.ease < cost))
    .map(([name, cost]) => ({ kind: name as RecommenderKind, cost: share * cost + scoring }))
    .filter(({ kind }) => !(sparse && DENSE.includes(kind)))
    .map(({ kind, cost }) => ({
      kind,
      triesMax: Math.max(1, Math.min(TRIES_MAX[kind], Math.floor(budget / cost))),
      ...(kind === 'neighbourhood-ridge' && neighbours < NEIGHBOURS && { start: { neighbours } }),
    }));
  return { holdOuts, searches, sparse };
}

/** Pairs of items that a buyer met both of, over all buyers. */
function pairsOf(matrix: SparseMatrix): number {
  let pairs = 0;
  for (let row = 0; row < matrix.rowCount; row++) pairs += rowSize(matrix, row) ** 2;
  return pairs;
}

/** Rough operations of one fit. */
function fitCosts(matrix: SparseMatrix, neighbours: number): Readonly<Record<RecommenderKind, number>> {
  const { rowCount, columnCount: items, columns } = matrix;
  const pairs = pairsOf(matrix);
  let meetings = 0;
  for (const count of columnCounts(matrix)) meetings += count ** 2;
  return {
    ease: items > EASE_ITEMS_MAX ? Number.POSITIVE_INFINITY : items ** 3 / (2 * SIMD_GAIN) + pairs / 2,
    'neighbourhood-ridge': pairs + systemsCost(matrix, neighbours),
    'implicit-als': SWEEPS * (8 * FACTORS * columns.length + (rowCount + items) * FACTORS ** 2),
    'rp3-beta': 2 * pairs,
    'item-knn': 2 * pairs,
    'user-knn': meetings,
    popularity: columns.length,
  };
}

/** Of the neighbourhood ridge's systems: as if all items had neighbours enough or, where that is too much, by how many each can have. */
function systemsCost(matrix: SparseMatrix, neighbours: number): number {
  const { rowCount, columnCount: items, starts, columns } = matrix;
  const rowLength = Math.min(600, items, pairsOf(matrix) / Math.max(1, items));
  const most = items * (neighbours ** 3 / 6 + neighbours * rowLength);
  if (most <= SYSTEMS_MAX) return most;
  const others = new Float64Array(items);
  for (let row = 0; row < rowCount; row++)
    for (let e = starts[row]!; e < starts[row + 1]!; e++) others[columns[e]!]! += rowSize(matrix, row) - 1;
  return others.reduce((sum, count) => {
    const own = Math.min(neighbours, count);
    return sum + own ** 3 / 6 + own * rowLength;
  }, 0);
}
