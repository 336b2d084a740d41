/**
 * Models of a treatment's effect on each person, τ(x) = E[Y(1) − Y(0) | x], from a randomised experiment, with boosted trees (Künzel et al.,
 * PNAS 2019; Nie & Wager 2021):
 *
 *   s       one model of the outcome that has the treatment among its features
 *   t       two models, one an arm
 *   x       effects imputed by the other arm's model, learned in each arm, and mixed by the share treated
 *   r       causal trees: (Y − m(x) − τ(x) (W − e))² is minimised, so that trees split where effects differ
 *   blend   the mean of the four: they err differently, and choosing among them by so little signal costs more than it brings
 *   sparse  few curves and tables of two features, by how likely it is that they matter (sparse-uplift.ts)
 *
 * e is the share treated. m(x) is cross-fitted. Not for treatments that were not dealt by chance: e would have to depend on x.
 */
import { type BinMap, binRows } from '../learning/binned-matrix.ts';
import { type BoostingOptions, boostTrees, type Objective, squaredObjective } from '../learning/boosted-trees.ts';
import {
  balancedMean,
  boostingOf,
  crossFitted,
  difference,
  type ForestSize,
  inArm,
  NUISANCE,
  numbersOf,
  outcomeForest,
  scored,
  shareTreated,
  type UpliftRows,
} from './outcome-forests.ts';
import { trainSparseUplift } from './sparse-uplift.ts';

const LEARNERS = ['s', 't', 'x', 'r'] as const;
type Learner = (typeof LEARNERS)[number];

export interface UpliftSettings extends ForestSize {
  /** The size is of trees of effects, and of outcomes where these are the model; `sparse` has none. */
  readonly learner: Learner | 'blend' | 'sparse';
}

/** The effect on each of other rows. columns: [features][rows] → [rows] */
export type UpliftModel = (columns: readonly Float32Array[]) => Float64Array;

/** The least of s: most of its trees go to who comes anyway, and effects are interactions. */
const SINGLE = { rounds: 80, leavesMax: 8 };

/** `map`: bins of the features. */
export function trainUplift(rows: UpliftRows, map: BinMap, settings: UpliftSettings, seed: number): UpliftModel {
  if (settings.learner === 'blend') {
    const models = LEARNERS.map((learner) => trainUplift(rows, map, { ...settings, learner }, seed));
    return (columns) => {
      const effects = models.map((model) => model(columns));
      return effects[0]!.map((_, i) => effects.reduce((sum, one) => sum + one[i]! / models.length, 0));
    };
  }
  if (settings.learner === 'sparse') return trainSparseUplift(rows, map, seed).predict;
  const options = boostingOf(settings, seed);
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
  size: ForestSize,
  seed: number,
): number {
  let squares = 0;
  for (const arm of [0, 1]) {
    const held = inArm(others, arm);
    const forest = outcomeForest(inArm(rows, arm), map, boostingOf(size, seed));
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
    const other = outcomeForest(inArm(rows, 1 - arm), map, { ...options, ...NUISANCE });
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
  const expected = balancedMean(crossFitted(rows, map, options.seed).own, share);
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
