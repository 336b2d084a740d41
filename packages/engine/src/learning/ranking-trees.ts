/** LambdaMART over dense or sparse numbers: bins, boosted trees on `lambda-mart.ts`'s gradients, and the model as bytes. */
import { RialtoError } from '../base/errors.ts';
import { type BinnedMatrix, binRows, learnBins, type NumberRows } from './binned-matrix.ts';
import {
  addTree,
  type BoostingOptions,
  boostTrees,
  DEFAULT_BOOSTING,
  type Forest,
  scoreForest,
} from './boosted-trees.ts';
import { type PackedForest, packForest, unpackForest } from './forest-file.ts';
import { lambdaObjective } from './lambda-mart.ts';
import { packModel, unpackModel } from './model-file.ts';

/** Documents of all queries, one query after the other. */
export interface RankingTable {
  readonly numbers: NumberRows;
  readonly grades: Uint8Array; // [rows]
  /** Where each query's rows start. [queries + 1] */
  readonly groups: Int32Array;
}

export interface RankingOptions {
  readonly boosting: BoostingOptions;
  readonly binsMax: number;
}

/** Each tree sees half of the queries and a third of the columns. */
export const DEFAULT_RANKING: RankingOptions = {
  boosting: { ...DEFAULT_BOOSTING, rounds: 200, rate: 0.05, leavesMax: 8, rowShare: 0.5, columnShare: 0.3 },
  binsMax: 63,
};

const KIND = 'ranking-trees';
const VERSION = 1;
/** DCG's gains are powers of two of grades. */
export const GRADE_MAX = 30;

/** What bins depend on. */
interface RankingBins extends Pick<RankingOptions, 'binsMax'> {
  readonly boosting: Pick<BoostingOptions, 'rowsMin'>;
}

/** Throws `bad-training-data` where no query has documents of different grades, or no feature different values. */
export function trainRankingTrees(
  table: RankingTable,
  options: RankingOptions,
  onRound: (round: number) => void = () => {},
): Forest {
  const { boosting } = options;
  const matrix = binRanking(table, options);
  const afterRound = (_: unknown, round: number): boolean => {
    onRound(round);
    return true;
  };
  return boostTrees(matrix, lambdaObjective(table.grades, table.groups), boosting, {
    groups: table.groups,
    afterRound,
  });
}

/** A table to learn from and another to watch meanwhile, in bins that do for all settings but those which they were made by. */
export interface WatchedRanking {
  readonly table: RankingTable;
  readonly matrix: BinnedMatrix;
  readonly watched: BinnedMatrix;
}

export function watchedRanking(table: RankingTable, watched: RankingTable, options: RankingBins): WatchedRanking {
  const matrix = binRanking(table, options);
  return { table, matrix, watched: binRows(matrix.map, watched.numbers) };
}

/** `afterRound` is called with the scores of the watched table after each round; false ends the training. */
export function watchRankingTrees(
  { table, matrix, watched }: WatchedRanking,
  boosting: BoostingOptions,
  afterRound: (scores: Float64Array, round: number) => boolean,
): void {
  const scores = new Float64Array(watched.rows);
  boostTrees(matrix, lambdaObjective(table.grades, table.groups), boosting, {
    groups: table.groups,
    afterRound(tree, round) {
      addTree(tree, watched, scores);
      return afterRound(scores, round);
    },
  });
}

function binRanking(table: RankingTable, { boosting: { rowsMin }, binsMax }: RankingBins): BinnedMatrix {
  requireRankable(table);
  const matrix = binRows(learnBins(table.numbers, { binsMax, rowsMin }), table.numbers);
  if (matrix.entries.length === 0)
    throw new RialtoError(
      'bad-training-data',
      `no feature tells documents apart: each has one value, or fewer than ${rowsMin} documents have it`,
    );
  return matrix;
}

/** out: [rows] */
export function scoreRanking(forest: Forest, numbers: NumberRows, out: Float64Array): void {
  scoreForest(forest, binRows(forest.map, numbers), out);
}

export function packRanking(forest: Forest): Uint8Array {
  const { info, arrays } = packForest(forest);
  return packModel({ kind: KIND, version: VERSION, info, arrays });
}

/** Throws `bad-model`. `dense`: how many dense columns it will be asked about. */
export function unpackRanking(bytes: Uint8Array, dense: number): Forest {
  const { info, arrays } = unpackModel(bytes, KIND, VERSION);
  const packed = { info: info as unknown as PackedForest['info'], arrays };
  if (packed.info.dense !== dense)
    throw new RialtoError('bad-model', `the model was trained on ${packed.info.dense} dense features, not on ${dense}`);
  return unpackForest(packed);
}

/** Throws `bad-training-data` where there is no order to learn. */
export function requireRankable({ grades, groups }: RankingTable): void {
  const refuse = (message: string): never => {
    throw new RialtoError('bad-training-data', message);
  };
  if (groups.length < 2) refuse('there are no queries to learn from');
  const high = grades.findIndex((grade) => grade > GRADE_MAX);
  if (high >= 0) refuse(`the grade of document ${high + 1} is ${grades[high]}: at most ${GRADE_MAX} can be told apart`);
  if (hasOrder({ grades, groups })) return;
  refuse('no query has documents of different grades: there is no order to learn');
}

/** Whether any query has documents of different grades. */
export function hasOrder({ grades, groups }: Pick<RankingTable, 'grades' | 'groups'>): boolean {
  for (let query = 0; query + 1 < groups.length; query++)
    for (let row = groups[query]! + 1; row < groups[query + 1]!; row++)
      if (grades[row] !== grades[row - 1]) return true;
  return false;
}
