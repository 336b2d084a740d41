/**
 * How well documents are ranked: LambdaMART's settings are chosen by cross-validation over the queries of the training file, or over some
 * of them where they are many; then a model is trained for each seed, and the means of their NDCG on the test file are the result.
 */
import { RialtoError } from '../base/errors.ts';
import { takeSparse } from '../learning/examples.ts';
import { dealFolds } from '../learning/folds.ts';
import { ndcgAt, ndcgOf } from '../learning/ndcg.ts';
import {
  DEFAULT_RANKING,
  hasOrder,
  type RankingOptions,
  type RankingTable,
  requireRankable,
  scoreRanking,
  trainRankingTrees,
  type WatchedRanking,
  watchedRanking,
  watchRankingTrees,
} from '../learning/ranking-trees.ts';

const RANKS = [1, 3, 5, 10] as const;
const CHOOSING_RANK = 10;
const FOLDS = 5;
const SMOOTHED_ROUNDS = 15;
const FEWEST_QUERIES = 2;
const DEALS_MAX = 4;
/** Documents of a leaf: fewer where there are few, or nothing could be told apart. */
const LEAF_ROWS = { least: 3, most: 20, share: 1 / 30 };

type Choice = Pick<RankingOptions['boosting'], 'leavesMax' | 'randomCuts' | 'rate'>;
type Boosting = RankingOptions['boosting'];

/** What is tried, from the size of the training file: few documents need care more than they need time. */
interface Effort {
  readonly choices: readonly Choice[];
  /** Whether further steps from the best of the choices are tried. */
  readonly triesMore: boolean;
  /** Of the FOLDS of the cross-validation. */
  readonly foldsRun: number;
  readonly roundsMax: number;
  /** Forests whose scores are averaged, each with its own deal of queries and columns; of few queries, one of each setting that was tried. */
  readonly bags: number;
  /** The cross-validation is dealt so often that it asks about so many queries, DEALS_MAX times at most: one deal of few tells mostly chance. */
  readonly askedMin: number;
  /** Trees are no longer added once the best lies so many rounds back; all are added where absent. */
  readonly patience?: number;
}

const SMALL: Effort = {
  choices: [
    { leavesMax: 8, randomCuts: false, rate: 0.05 },
    { leavesMax: 16, randomCuts: false, rate: 0.05 },
    { leavesMax: 8, randomCuts: true, rate: 0.05 },
    { leavesMax: 16, randomCuts: true, rate: 0.05 },
  ],
  triesMore: true,
  foldsRun: FOLDS,
  roundsMax: 250,
  bags: 5,
  askedMin: 100,
};
/** Of files with more documents than SMALL_ROWS: a tree takes as long as there are documents, however few their features. */
const MIDDLE: Effort = {
  choices: [8, 16, 32].map((leavesMax) => ({ leavesMax, randomCuts: false, rate: 0.1 })),
  triesMore: true,
  foldsRun: 2,
  roundsMax: 300,
  bags: 1,
  askedMin: 0,
  patience: 40,
};
const LARGE: Effort = {
  choices: [16, 32, 64].map((leavesMax) => ({ leavesMax, randomCuts: false, rate: 0.1 })),
  triesMore: false,
  foldsRun: 1,
  roundsMax: 400,
  bags: 1,
  askedMin: 0,
  patience: 40,
};
/** Of the columns that a tree sees, the first to try first. A few of few are too few where columns tell only together; of many they do. */
const COLUMN_SHARES = { few: [1, 0.6, 0.3], many: [0.3, 0.6, 1] } as const;
const FEW_COLUMNS = 60;
/** Leaves that are hardly shrunken, for pairs that are told apart have small hessians; and trees that see every query. */
const MORE_STEPS: readonly Partial<Boosting>[] = [{ l2: 0.01 }, { rowShare: 1 }];
/** What still gets better with nearly all its trees is tried with so many times as many. */
const STILL_BETTER = 0.9;
const LONGER = 3;
/** A step that does not help in so many folds is not tried in the others. */
const FIRST_FOLDS = 2;
const SMALL_ROWS = 10_000;
const LARGE_CELLS = 3_000_000;
/** Of those of a large file; a tree needs no more. */
const TREE_CELLS = 4 * LARGE_CELLS;

export interface RankingEvaluationOptions {
  readonly seeds: number;
  /** A training file of more cells is large: less is tried on it, and settings are chosen on at most twice as many. */
  readonly largeCells?: number;
  readonly onProgress?: (done: number, all: number, what: string) => void;
}

export interface RankingQuality {
  /** Means over seeds, by rank. */
  readonly ndcg: Readonly<Record<string, number>>;
  /** The same in the cross-validation that chose, at 10. */
  readonly validationNdcg: number;
  readonly leaves: number;
  readonly randomCuts: boolean;
  /** Of the columns, those that a tree sees. */
  readonly columnShare: number;
  /** Of the queries, likewise. */
  readonly queryShare: number;
  readonly l2: number;
  /** Trees of each forest. */
  readonly rounds: number;
  /** Forests of a model. */
  readonly bags: number;
}

export function evaluateRanking(
  train: RankingTable,
  test: RankingTable,
  { seeds, largeCells = LARGE_CELLS, onProgress }: RankingEvaluationOptions,
): RankingQuality {
  if (train.groups.length <= FEWEST_QUERIES)
    throw new RialtoError(
      'bad-training-data',
      `the training file has ${train.groups.length - 1} query: settings are chosen on others than are learned from, which needs at least ${FEWEST_QUERIES}`,
    );
  requireRankable(train);
  const effort = cellsOf(train) > largeCells ? LARGE : train.grades.length > SMALL_ROWS ? MIDDLE : SMALL;
  const tries = effort.choices.length + (effort.triesMore ? COLUMN_SHARES.few.length + MORE_STEPS.length : 1);
  const fits = tries * dealsOf(train.groups.length - 1, effort) * Math.min(effort.foldsRun, train.groups.length - 1);
  const { best, tried } = chooseRanking(thinned(train, 2 * largeCells), effort, (done) =>
    onProgress?.(done, fits, 'choosing settings'),
  );
  const { options, ndcg: validationNdcg } = best;
  const rowShare = Math.min(options.boosting.rowShare, TREE_CELLS / cellsOf(train));
  // Of few queries, which of the settings is best is chance: each has its say.
  const forests = dealsOf(train.groups.length - 1, effort) > 1 ? tried : Array<Chosen>(effort.bags).fill(best);
  const sums = RANKS.map(() => 0);
  const all = seeds * forests.reduce((sum, { options: { boosting } }) => sum + boosting.rounds, 0);
  let trees = 0;
  const onRound = (): void => onProgress?.(++trees, all, 'trees');
  for (let seed = 1; seed <= seeds; seed++) {
    const seeded = forests.map(({ options: one }, i) => ({
      ...one,
      boosting: {
        ...one.boosting,
        rowShare: Math.min(one.boosting.rowShare, rowShare),
        seed: (seed - 1) * forests.length + i + 1,
      },
    }));
    const scores = meanScores(train, test, seeded, onRound);
    RANKS.forEach((rank, i) => {
      sums[i]! += ndcgAt(rank, test.grades, scores, test.groups);
    });
  }
  const { leavesMax, randomCuts, columnShare, l2, rounds } = options.boosting;
  return {
    ndcg: Object.fromEntries(RANKS.map((rank, i) => [rank, sums[i]! / seeds])),
    validationNdcg,
    leaves: leavesMax,
    randomCuts,
    columnShare,
    queryShare: rowShare,
    l2,
    rounds,
    bags: forests.length,
  };
}

/** Means over forests, each by the spread of its scores of what it learned from: more trees say the same louder. */
function meanScores(
  train: RankingTable,
  test: RankingTable,
  forests: readonly RankingOptions[],
  onRound: () => void,
): Float64Array {
  const sums = new Float64Array(test.grades.length);
  const scores = new Float64Array(test.grades.length);
  const known = new Float64Array(train.grades.length);
  for (const options of forests) {
    const forest = trainRankingTrees(train, options, onRound);
    scoreRanking(forest, train.numbers, known);
    scoreRanking(forest, test.numbers, scores);
    const scale = 1 / (spreadOf(known) || 1);
    for (let row = 0; row < sums.length; row++) sums[row]! += scale * scores[row]!;
  }
  return sums;
}

/** The standard deviation. */
function spreadOf(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

/** How often the cross-validation is dealt. */
const dealsOf = (queries: number, { askedMin }: Effort): number =>
  Math.max(1, Math.min(DEALS_MAX, Math.ceil(askedMin / queries)));

interface Chosen {
  readonly options: RankingOptions;
  readonly ndcg: number;
  /** NDCG after each round, times queries, by fold. */
  readonly curves: readonly Float64Array[];
}

/** All settings that were tried, and that of the best NDCG over all queries, each predicted by a model that did not learn from it. */
function chooseRanking(
  table: RankingTable,
  effort: Effort,
  onFit: (done: number) => void,
): { readonly best: Chosen; readonly tried: readonly Chosen[] } {
  const tried: Chosen[] = [];
  const trials = new RankingTrials(table, effort, onFit);
  let best: Chosen = { options: DEFAULT_RANKING, ndcg: -1, curves: [] };
  const helps = (boosting: Boosting, rival?: Chosen): boolean => {
    const found = trials.measure(boosting, rival);
    if (found === undefined) return false;
    tried.push(found);
    const isBetter = found.ndcg > best.ndcg;
    if (isBetter) best = found;
    return isBetter;
  };
  const { choices, triesMore, roundsMax: rounds } = effort;
  const [columnShare, ...others] = COLUMN_SHARES[columnsOf(table) <= FEW_COLUMNS ? 'few' : 'many'];
  const { boosting } = optionsFor(table);
  for (const choice of choices) helps({ ...boosting, ...choice, columnShare, rounds });
  // Where each setting tried has its say, each is tried to the end.
  const rival = (): Chosen | undefined => (dealsOf(table.groups.length - 1, effort) > 1 ? undefined : best);
  const stepped = (step: Partial<Boosting>): boolean => helps({ ...best.options.boosting, ...step, rounds }, rival());
  if (triesMore) {
    for (const other of others) if (!stepped({ columnShare: other })) break;
    for (const step of MORE_STEPS) stepped(step);
  }
  if (best.options.boosting.rounds > STILL_BETTER * rounds)
    helps({ ...best.options.boosting, rounds: LONGER * rounds }, rival());
  return { best, tried };
}

function optionsFor({ grades }: RankingTable): RankingOptions {
  const { least, most, share } = LEAF_ROWS;
  const rowsMin = Math.max(least, Math.min(most, Math.round(share * grades.length)));
  return { ...DEFAULT_RANKING, boosting: { ...DEFAULT_RANKING.boosting, rowsMin } };
}

/** What is learned from and tested on; `ndcg` of the latter's scores. */
interface Fold {
  readonly ranking: WatchedRanking;
  readonly queries: number;
  readonly ndcg: (scores: Float64Array) => number;
}

/** Settings tried by cross-validation, always on the same folds. */
class RankingTrials {
  readonly #folds: readonly Fold[];
  readonly #asked: number;
  readonly #patience: number | undefined;
  readonly #onFit: (done: number) => void;
  #done = 0;

  constructor(table: RankingTable, effort: Effort, onFit: (done: number) => void) {
    const queries = table.groups.length - 1;
    const folds = Math.min(FOLDS, queries);
    this.#folds = Array.from({ length: dealsOf(queries, effort) }, (_, deal) => {
      const dealt = dealFolds(queries, folds, 1 + deal);
      return Array.from({ length: Math.min(folds, effort.foldsRun) }, (_, fold) => ({
        learned: takeQueries(table, (query) => dealt[query] !== fold),
        tested: takeQueries(table, (query) => dealt[query] === fold),
      }));
    })
      .flat()
      .filter(({ learned }) => hasOrder(learned))
      .map(({ learned, tested }) => ({
        ranking: watchedRanking(learned, tested, optionsFor(table)),
        queries: tested.groups.length - 1,
        ndcg: ndcgOf(CHOOSING_RANK, tested.grades, tested.groups),
      }));
    this.#asked = this.#folds.reduce((sum, { queries }) => sum + queries, 0);
    this.#patience = effort.patience;
    this.#onFit = onFit;
  }

  /** With as many of the rounds as are best. Nothing where it falls behind `rival` in the first folds. */
  measure(boosting: Boosting, rival?: Chosen): Chosen | undefined {
    const curves: Float64Array[] = [];
    for (const fold of this.#folds) {
      if (curves.length === FIRST_FOLDS && rival !== undefined && !isAhead(curves, rival.curves)) {
        this.#done += this.#folds.length - FIRST_FOLDS;
        this.#onFit(this.#done);
        return undefined;
      }
      curves.push(curveOf(fold, boosting, this.#patience ?? boosting.rounds));
      this.#onFit(++this.#done);
    }
    const { round, sum } = peakOf(curves);
    const options = { ...DEFAULT_RANKING, boosting: { ...boosting, rounds: round + 1 } };
    return { options, ndcg: sum / this.#asked, curves };
  }
}

const isAhead = (curves: readonly Float64Array[], others: readonly Float64Array[]): boolean =>
  peakOf(curves).sum > peakOf(others.slice(0, curves.length)).sum;

/** The best round of folds together. */
function peakOf(curves: readonly Float64Array[]): { round: number; sum: number } {
  const sums = smoothed(curves[0]!.map((_, round) => curves.reduce((sum, curve) => sum + curve[round]!, 0)));
  const round = sums.reduce((top, value, at) => (value > sums[top]! ? at : top), 0);
  return { round, sum: sums[round]! };
}

const columnsOf = ({ numbers }: RankingTable): number => numbers.dense.length + new Set(numbers.sparse?.indices).size;

const cellsOf = ({ numbers, grades }: RankingTable): number =>
  numbers.dense.length * grades.length + (numbers.sparse?.indices.length ?? 0);

/** As many of the queries, spread evenly, as the bound on cells allows. */
function thinned(table: RankingTable, cellsMax: number): RankingTable {
  const step = cellsOf(table) / cellsMax;
  if (step <= 1) return table;
  return takeQueries(table, (query) => Math.floor((query + 1) / step) > Math.floor(query / step));
}

/** Means over SMOOTHED_ROUNDS about each round: the curve's peaks are mostly chance. */
function smoothed(curve: Float64Array): Float64Array {
  return curve.map((_, round) => {
    const about = curve.subarray(Math.max(0, round - SMOOTHED_ROUNDS), round + SMOOTHED_ROUNDS + 1);
    return about.reduce((sum, value) => sum + value, 0) / about.length;
  });
}

/** Each round's NDCG, times queries; the last one's where the training ended before. */
function curveOf({ ranking, queries, ndcg: measure }: Fold, boosting: Boosting, patience: number): Float64Array {
  const curve = new Float64Array(boosting.rounds);
  let best = { ndcg: -1, round: 0 };
  let last = { ndcg: 0, round: -1 };
  watchRankingTrees(ranking, boosting, (scores, round) => {
    const ndcg = measure(scores);
    curve[round] = ndcg * queries;
    last = { ndcg, round };
    if (ndcg > best.ndcg) best = { ndcg, round };
    return round - best.round < patience;
  });
  // So that other folds, which ended later, are not held to be worse there.
  return curve.fill(last.ndcg * queries, last.round + 1);
}

function takeQueries({ numbers, grades, groups }: RankingTable, wanted: (query: number) => boolean): RankingTable {
  const starts = [0];
  const rows: number[] = [];
  for (let query = 0; query + 1 < groups.length; query++) {
    if (!wanted(query)) continue;
    for (let row = groups[query]!; row < groups[query + 1]!; row++) rows.push(row);
    starts.push(rows.length);
  }
  const chosen = Int32Array.from(rows);
  return {
    numbers: {
      rows: rows.length,
      dense: numbers.dense.map((column) => Float32Array.from(chosen, (row) => column[row]!)),
      ...(numbers.sparse && { sparse: takeSparse(numbers.sparse, chosen) }),
    },
    grades: Uint8Array.from(chosen, (row) => grades[row]!),
    groups: Int32Array.from(starts),
  };
}
