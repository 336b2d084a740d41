/**
 * Models of a treatment's effect on each person, τ(x) = E[Y(1) − Y(0) | x], from a randomised experiment, with boosted trees (Künzel et al.,
 * PNAS 2019; Nie & Wager 2021):
 *
 *   s       one model of the outcome that has the treatment among its features
 *   t       two models, one an arm
 *   x       effects imputed by the other arm's model, learned in each arm, and mixed by the share treated
 *   r       causal trees: (Y − m(x) − τ(x) (W − e))² is minimised, so that trees split where effects differ
 *   blend   the mean of the four: they err differently, and choosing among them by so little signal costs more than it brings
 *
 * e is the share treated. m(x) is cross-fitted. Not for treatments that were not dealt by chance: e would have to depend on x.
 */
import { type BinMap, type BinnedMatrix, binRows } from '../learning/binned-matrix.ts';
import {
  type BoostingOptions,
  boostTrees,
  DEFAULT_BOOSTING,
  type Forest,
  type Objective,
  scoreForest,
  squaredObjective,
} from '../learning/boosted-trees.ts';
import { dealFolds, foldOf } from '../learning/folds.ts';

const LEARNERS = ['s', 't', 'x', 'r'] as const;
type Learner = (typeof LEARNERS)[number];

export interface UpliftSettings {
  readonly learner: Learner | 'blend';
  /** Of the trees of effects, and of outcomes where these are the model. */
  readonly rounds: number;
  readonly leavesMax: number;
  readonly rowsMin: number;
}

export interface UpliftRows {
  readonly columns: readonly Float32Array[]; // [features][rows]
  readonly treated: Uint8Array; // [rows]
  readonly outcomes: Float64Array; // [rows]
}

/** The effect on each of other rows. columns: [features][rows] → [rows] */
export type UpliftModel = (columns: readonly Float32Array[]) => Float64Array;

const RATE = 0.05;
/** Of the outcome's model behind x and r. */
const OUTCOME: Pick<UpliftSettings, 'rounds' | 'leavesMax' | 'rowsMin'> = { rounds: 60, leavesMax: 6, rowsMin: 200 };
/** The least of s: most of its trees go to who comes anyway, and effects are interactions. */
const SINGLE = { rounds: 80, leavesMax: 8 };
const FOLDS = 3;

/** `map`: bins of the features. */
export function trainUplift(rows: UpliftRows, map: BinMap, settings: UpliftSettings, seed: number): UpliftModel {
  if (settings.learner === 'blend') {
    const models = LEARNERS.map((learner) => trainUplift(rows, map, { ...settings, learner }, seed));
    return (columns) => {
      const effects = models.map((model) => model(columns));
      return effects[0]!.map((_, i) => effects.reduce((sum, one) => sum + one[i]! / models.length, 0));
    };
  }
  const options: BoostingOptions = {
    ...DEFAULT_BOOSTING,
    rate: RATE,
    rounds: settings.rounds,
    leavesMax: settings.leavesMax,
    rowsMin: settings.rowsMin,
    rowShare: 0.7,
    seed,
  };
  return TRAINERS[settings.learner]({ rows, map, options });
}

interface Task {
  readonly rows: UpliftRows;
  readonly map: BinMap;
  readonly options: BoostingOptions;
}

const TRAINERS: Readonly<Record<Learner, (task: Task) => UpliftModel>> = {
  s: trainSingle,
  t: trainTwo,
  x: trainCrossed,
  r: trainResidual,
};

function trainSingle({ rows, map, options }: Task): UpliftModel {
  const wide = withColumn(map);
  const matrix = binRows(wide, numbersOf([...rows.columns, Float32Array.from(rows.treated)]));
  const { rounds, leavesMax } = options;
  const larger = {
    ...options,
    rounds: Math.max(SINGLE.rounds, rounds),
    leavesMax: Math.max(SINGLE.leavesMax, leavesMax),
  };
  const forest = boostTrees(matrix, squaredObjective(rows.outcomes), larger);
  return (columns) => {
    const arm = (treated: number): Float64Array =>
      scored(forest, binRows(wide, numbersOf([...columns, new Float32Array(columns[0]!.length).fill(treated)])));
    return difference(arm(1), arm(0));
  };
}

function trainTwo(task: Task): UpliftModel {
  const [control, treatment] = [0, 1].map((arm) => outcomeForest(inArm(task.rows, arm), task.map, task.options));
  return (columns) => {
    const matrix = binRows(task.map, numbersOf(columns));
    return difference(scored(treatment!, matrix), scored(control!, matrix));
  };
}

/** Mean squared error of two models of outcomes, one an arm, on other rows. */
export function outcomeError(
  rows: UpliftRows,
  others: UpliftRows,
  map: BinMap,
  size: Omit<UpliftSettings, 'learner'>,
): number {
  let squares = 0;
  for (const arm of [0, 1]) {
    const held = inArm(others, arm);
    const forest = outcomeForest(inArm(rows, arm), map, { ...DEFAULT_BOOSTING, rate: RATE, rowShare: 0.7, ...size });
    const expected = scored(forest, binRows(map, numbersOf(held.columns)));
    held.outcomes.forEach((y, i) => {
      squares += (y - expected[i]!) ** 2;
    });
  }
  return squares / others.outcomes.length;
}

function trainCrossed(task: Task): UpliftModel {
  const { rows, map, options } = task;
  const share = shareTreated(rows);
  const effects = [0, 1].map((arm) => {
    const own = inArm(rows, arm);
    const other = outcomeForest(inArm(rows, 1 - arm), map, { ...options, ...OUTCOME });
    const expected = scored(other, binRows(map, numbersOf(own.columns)));
    const imputed = own.outcomes.map((y, i) => (arm === 1 ? y - expected[i]! : expected[i]! - y));
    return outcomeForest({ ...own, outcomes: imputed }, map, options);
  });
  return (columns) => {
    const matrix = binRows(map, numbersOf(columns));
    const [control, treatment] = effects.map((forest) => scored(forest, matrix));
    return control!.map((effect, i) => share * effect + (1 - share) * treatment![i]!);
  };
}

function trainResidual(task: Task): UpliftModel {
  const { rows, map, options } = task;
  const share = shareTreated(rows);
  const expected = crossFitted(task, 1 - share);
  const outcome = rows.outcomes.map((y, i) => y - expected[i]!);
  const treatment = Float64Array.from(rows.treated, (one) => one - share);
  const spread = treatment.reduce((sum, w) => sum + w * w, 0);
  const objective: Objective = {
    start: treatment.reduce((sum, w, i) => sum + w * outcome[i]!, 0) / spread,
    gradients(scores, gradients, hessians) {
      for (let i = 0; i < outcome.length; i++) {
        const w = treatment[i]!;
        gradients[i] = (scores[i]! * w - outcome[i]!) * w;
        hessians[i] = w * w;
      }
    },
  };
  const matrix = binRows(map, numbersOf(rows.columns));
  const forest = boostTrees(matrix, objective, { ...options, l2: 10 });
  return (columns) => scored(forest, binRows(map, numbersOf(columns)));
}

/** m(x) of each row, learned in the other folds: arms weigh so that noise of the effect is least, `weight` of the treated. */
function crossFitted({ rows, map, options }: Task, weight: number): Float64Array {
  const dealt = dealFolds(rows.outcomes.length, FOLDS, options.seed);
  const out = new Float64Array(rows.outcomes.length);
  for (let fold = 0; fold < FOLDS; fold++) {
    const { train, test } = foldOf(dealt, fold);
    const learned = pick(rows, train);
    const matrix = binRows(map, numbersOf(pick(rows, test).columns));
    const [control, treatment] = [0, 1].map((arm) =>
      scored(outcomeForest(inArm(learned, arm), map, { ...options, ...OUTCOME }), matrix),
    );
    test.forEach((row, i) => {
      out[row] = (1 - weight) * control![i]! + weight * treatment![i]!;
    });
  }
  return out;
}

function outcomeForest(rows: UpliftRows, map: BinMap, options: BoostingOptions): Forest {
  return boostTrees(binRows(map, numbersOf(rows.columns)), squaredObjective(rows.outcomes), options);
}

const numbersOf = (columns: readonly Float32Array[]): { rows: number; dense: readonly Float32Array[] } => ({
  rows: columns[0]?.length ?? 0,
  dense: columns,
});

const shareTreated = ({ treated }: UpliftRows): number => treated.reduce((sum, one) => sum + one, 0) / treated.length;

const difference = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, i) => value - b[i]!);

function scored(forest: Forest, matrix: BinnedMatrix): Float64Array {
  const out = new Float64Array(matrix.rows);
  scoreForest(forest, matrix, out);
  return out;
}

/** The rows of one arm. */
function inArm(rows: UpliftRows, arm: number): UpliftRows {
  return pick(
    rows,
    Int32Array.from(rows.treated.keys()).filter((row) => rows.treated[row] === arm),
  );
}

export function pick({ columns, treated, outcomes }: UpliftRows, rows: Int32Array): UpliftRows {
  return {
    columns: columns.map((column) => Float32Array.from(rows, (row) => column[row]!)),
    treated: Uint8Array.from(rows, (row) => treated[row]!),
    outcomes: Float64Array.from(rows, (row) => outcomes[row]!),
  };
}

/** The bins with one more column, of zeros and ones. */
function withColumn(map: BinMap): BinMap {
  const edges = Float32Array.from([...map.edges, 0.5]);
  const edgeStarts = Int32Array.from([...map.edgeStarts, edges.length]);
  const first = map.edges.length + 2 * map.defaults.length;
  return {
    dense: map.dense + 1,
    sparseFeatures: map.sparseFeatures,
    edges,
    edgeStarts,
    defaults: Int32Array.from([...map.defaults, first + 1]),
  };
}
