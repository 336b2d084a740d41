/**
 * What a choice of recommender may try, from the data's size: how many hold-outs of how many buyers, and how many settings of
 * which kinds. A budget of arithmetic is shared out by what one try costs; a kind whose single fit exceeds its bounds of time
 * or memory is left out, and so is the neighbourhood ridge where EASE, which it stands in for, costs less.
 */
import type { RecommenderKind } from '../learning/recommender-kinds.ts';
import { columnCounts, rowSize, type SparseMatrix } from '../learning/sparse-matrix.ts';
import type { HoldOutOptions } from './hold-out.ts';

export interface SearchPlan {
  readonly holdOuts: readonly HoldOutOptions[];
  readonly searches: readonly { readonly kind: RecommenderKind; readonly triesMax: number }[];
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
/** Operations of a single fit that is still worth it. */
const FIT_MAX = 3e10;
/** 4 n² bytes: 64 MiB. */
const EASE_ITEMS_MAX = 4096;
/** One SIMD operation does about this many multiplications. */
const SIMD_GAIN = 8;
const NEIGHBOURS = 100;
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
  const buyersMax = Math.max(BUYERS_MIN, Math.floor(CELLS_MAX / Math.max(1, columnCount)));
  const perHoldOut = HOLD_OUT_SHARE * columns.length * Math.min(1, buyersMax / Math.max(1, rowCount));
  const count = columns.length > SMALL_DATA ? HOLD_OUTS.min : Math.ceil(HELD_OUT_WANTED / Math.max(1, perHoldOut));
  const holdOuts = Array.from({ length: Math.min(HOLD_OUTS.max, Math.max(HOLD_OUTS.min, count)) }, (_, i) => ({
    share: HOLD_OUT_SHARE,
    buyersMax,
    seed: seed + i,
  }));
  const costs = fitCosts(matrix);
  const scoring = 4 * Math.min(buyersMax, rowCount) * columnCount;
  const budget = BUDGET * Math.min(BUDGET_GROWTH, Math.max(1, columns.length / BUDGET_DATA));
  const searches = Object.entries(costs)
    .filter(([name, cost]) => cost <= FIT_MAX && !(name === 'neighbourhood-ridge' && costs.ease < cost))
    .map(([name, cost]) => {
      const kind = name as RecommenderKind;
      return { kind, triesMax: Math.max(1, Math.min(TRIES_MAX[kind], Math.floor(budget / (cost + scoring)))) };
    });
  return { holdOuts, searches };
}

/** Rough operations of one fit. */
function fitCosts(matrix: SparseMatrix): Readonly<Record<RecommenderKind, number>> {
  const { rowCount, columnCount: items, columns } = matrix;
  let pairs = 0;
  for (let row = 0; row < rowCount; row++) pairs += rowSize(matrix, row) ** 2;
  let meetings = 0;
  for (const count of columnCounts(matrix)) meetings += count ** 2;
  const rowLength = Math.min(600, items, pairs / Math.max(1, items));
  return {
    ease: items > EASE_ITEMS_MAX ? Number.POSITIVE_INFINITY : items ** 3 / (2 * SIMD_GAIN) + pairs / 2,
    'neighbourhood-ridge': pairs + items * (NEIGHBOURS ** 3 / 6 + NEIGHBOURS * rowLength),
    'implicit-als': SWEEPS * (8 * FACTORS * columns.length + (rowCount + items) * FACTORS ** 2),
    'rp3-beta': 2 * pairs,
    'item-knn': 2 * pairs,
    'user-knn': meetings,
    popularity: columns.length,
  };
}
