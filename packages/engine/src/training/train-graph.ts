/**
 * Which listings lead to which, by the recommender that does it best on the shop's own latest orders: EASE, the neighbourhood ridge, RP3β and item-kNN
 * (learning/recommender-kinds.ts) are fitted on who bought what in all orders but the latest tenth, and asked, for the buyers of those, for what was
 * new to them. The best by recall is fitted on all orders, and of each listing the strongest edges are kept.
 */
import type { ListingGraph } from '../features/embedding.ts';
import type { Recommender } from '../learning/recommender.ts';
import { RECOMMENDER_KINDS, type RecommenderKind } from '../learning/recommender-kinds.ts';
import { rowOf, type SparseMatrix, sparseMatrix } from '../learning/sparse-matrix.ts';
import type { Market } from '../market/market.ts';
import type { Basket } from './history.ts';

const KINDS = ['rp3-beta', 'item-knn', 'neighbourhood-ridge', 'ease'] as const satisfies readonly RecommenderKind[];
/** Listings that most buyers bought; of those that need a matrix of listings by listings, fewer. */
const ITEMS_MAX = 10_000;
const DENSE_ITEMS_MAX = 5_000;
const DENSE_KINDS: ReadonlySet<RecommenderKind> = new Set(['ease', 'neighbourhood-ridge']);
const BUYERS_MIN = 2;
const EDGES = 40;
const K = 20;
const HELD_SHARE = 0.1;
const HELD_MAX = 1_000;
/** With fewer the kinds cannot be told apart. */
const TRIALS_MIN = 30;

export interface TrainedGraph {
  readonly graph: ListingGraph;
  /** How it was chosen. */
  readonly fit: GraphFit;
}

export interface GraphFit {
  readonly kind: RecommenderKind;
  readonly listings: number;
  readonly trials: number;
  /** Of what was new to the buyers of the latest orders, by kind: mean recall at 20. */
  readonly recall: Readonly<Partial<Record<RecommenderKind, number>>>;
}

/** Undefined where there are too few orders to choose by. baskets: oldest first */
export function trainGraph({ listings }: Market, baskets: readonly Basket[]): TrainedGraph | undefined {
  const items = mostBought(listings.ids, baskets);
  const cut = baskets.length - Math.min(HELD_MAX, Math.floor(HELD_SHARE * baskets.length));
  const before = meetings(listings.ids, items, baskets.slice(0, cut));
  const trials = trialsOf(listings.ids, items, before, baskets.slice(cut));
  if (trials.length < TRIALS_MIN) return undefined;
  const recall: Partial<Record<RecommenderKind, number>> = {};
  let kind: RecommenderKind | undefined;
  for (const one of KINDS) {
    if (DENSE_KINDS.has(one) && items.rows.length > DENSE_ITEMS_MAX) continue;
    recall[one] = recallOf(fitted(one, before.matrix), trials);
    if (kind === undefined || recall[one] > recall[kind]!) kind = one;
  }
  const best = fitted(kind!, meetings(listings.ids, items, baskets).matrix);
  const fit: GraphFit = { kind: kind!, listings: items.rows.length, trials: trials.length, recall };
  return { graph: graphOf(best, items.rows, listings.size), fit };
}

const fitted = (kind: RecommenderKind, matrix: SparseMatrix): Recommender =>
  RECOMMENDER_KINDS[kind].fit(matrix, RECOMMENDER_KINDS[kind].start);

interface Items {
  /** Rows of listings, rising. [items] */
  readonly rows: Int32Array;
  /** Back from rows of listings. */
  readonly numbers: ReadonlyMap<number, number>;
}

type Ids = Market['listings']['ids'];

function mostBought(ids: Ids, baskets: readonly Basket[]): Items {
  const buyers = new Map<number, Set<string>>();
  for (const { buyer, listings } of baskets)
    for (const id of listings) {
      const row = ids.find(id);
      const of = buyers.get(row) ?? new Set();
      buyers.set(row, of.add(buyer));
    }
  const known = [...buyers].filter(([row, of]) => row >= 0 && of.size >= BUYERS_MIN);
  known.sort(([a, left], [b, right]) => right.size - left.size || a - b);
  const rows = Int32Array.from(known.slice(0, ITEMS_MAX), ([row]) => row).sort();
  return { rows, numbers: new Map(Array.from(rows, (row, item) => [row, item])) };
}

interface Meetings {
  readonly matrix: SparseMatrix;
  /** Its rows by buyer. */
  readonly rows: ReadonlyMap<string, number>;
}

function meetings(ids: Ids, { rows: items, numbers }: Items, baskets: readonly Basket[]): Meetings {
  const rows = new Map<string, number>();
  const buyers: number[] = [];
  const met: number[] = [];
  for (const { buyer, listings } of baskets) {
    const row = rows.get(buyer) ?? rows.size;
    rows.set(buyer, row);
    for (const id of listings) {
      const item = numbers.get(ids.find(id));
      if (item === undefined) continue;
      buyers.push(row);
      met.push(item);
    }
  }
  return { matrix: sparseMatrix(rows.size, items.length, buyers, met), rows };
}

interface Trial {
  readonly history: Int32Array;
  readonly wanted: ReadonlySet<number>;
}

/** Orders of buyers with a past that hold something new to them. */
function trialsOf(ids: Ids, { numbers }: Items, { matrix, rows }: Meetings, held: readonly Basket[]): Trial[] {
  return held.flatMap(({ buyer, listings }): Trial[] => {
    const row = rows.get(buyer);
    const history = row === undefined ? new Int32Array(0) : rowOf(matrix, row);
    const past = new Set(history);
    const items = listings.map((id) => numbers.get(ids.find(id))).filter((item) => item !== undefined);
    const wanted = new Set(items.filter((item) => !past.has(item)));
    return history.length === 0 || wanted.size === 0 ? [] : [{ history, wanted }];
  });
}

function recallOf(recommender: Recommender, trials: readonly Trial[]): number {
  const scores = new Float32Array(recommender.itemCount);
  let sum = 0;
  for (const { history, wanted } of trials) {
    recommender.score(history, scores);
    for (const item of history) scores[item] = Number.NEGATIVE_INFINITY;
    const top = strongest(scores, K);
    sum += top.filter((item) => wanted.has(item)).length / Math.min(K, wanted.size);
  }
  return sum / trials.length;
}

/** Of the items above 0, the `k` with the highest scores, the highest first. */
function strongest(scores: Float32Array, k: number): number[] {
  const above = Array.from(scores.keys()).filter((item) => scores[item]! > 0);
  return above.sort((a, b) => scores[b]! - scores[a]! || a - b).slice(0, k);
}

/** All of these kinds score a history by the sum over its items: a single one tells its edges. */
function graphOf(recommender: Recommender, rows: Int32Array, listings: number): ListingGraph {
  const targets = new Int32Array(listings * EDGES).fill(-1);
  const weights = new Float32Array(listings * EDGES);
  const scores = new Float32Array(recommender.itemCount);
  rows.forEach((row, item) => {
    recommender.score(Int32Array.of(item), scores);
    scores[item] = 0;
    strongest(scores, EDGES).forEach((other, i) => {
      targets[row * EDGES + i] = rows[other]!;
      weights[row * EDGES + i] = scores[other]!;
    });
  });
  return { edgesPerListing: EDGES, targets, weights };
}
