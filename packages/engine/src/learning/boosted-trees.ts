/**
 * Gradient-boosted trees (Friedman, 2001) in the second-order form of XGBoost and LightGBM: each round grows a tree on the
 * objective's gradients at the scores so far, and adds its values, shrunken by the rate. Rows and columns may be drawn anew for
 * each tree (stochastic gradient boosting, Friedman, 2002).
 *
 *     score(x) = start + Σ_t rate · tree_t(x)
 */
import { Rng } from '../base/rng.ts';
import { type BinMap, type BinnedMatrix, binAt } from './binned-matrix.ts';
import { type GrowthOptions, type Tree, TreeGrower } from './tree-grower.ts';

/** What is learned: a loss through its first two derivatives by the score of each row. */
export interface Objective {
  /** The score of every row before the first tree. */
  readonly start: number;
  /**
   * scores, gradients, hessians: [rows]. `drawn`: the rows that are looked at or, where rows come in groups, the groups; others may be
   * left as they are. All where absent.
   */
  gradients(scores: Float64Array, gradients: Float64Array, hessians: Float64Array, drawn?: Int32Array): void;
}

export interface BoostingOptions extends GrowthOptions {
  readonly rounds: number;
  readonly rate: number;
  /** Shares of rows and columns drawn for each tree. */
  readonly rowShare: number;
  readonly columnShare: number;
  /** So many columns are drawn for a tree at least: one that sees a single column knows of no other. */
  readonly columnsMin: number;
  readonly seed: number;
}

export const DEFAULT_BOOSTING: BoostingOptions = {
  rounds: 100,
  rate: 0.1,
  leavesMax: 31,
  depthMax: 64,
  rowsMin: 20,
  hessianMin: 1e-3,
  l2: 1,
  gainMin: 0,
  randomCuts: false,
  rowShare: 1,
  columnShare: 1,
  columnsMin: 1,
  seed: 1,
};

/** Trees over the bins of a map. Leaf values are shrunken already. */
export interface Forest {
  readonly map: BinMap;
  readonly start: number;
  readonly trees: readonly Tree[];
}

/** Called after each round with the trees so far; false ends the training. */
export type AfterRound = (tree: Tree, round: number) => boolean | undefined;

/** `from`: a forest over the same bins, to which trees are added. `groups`: rows drawn together; [groups + 1] or absent. */
export interface BoostingStart {
  readonly from?: Forest;
  readonly groups?: Int32Array;
  readonly afterRound?: AfterRound;
}

export function boostTrees(
  matrix: BinnedMatrix,
  objective: Objective,
  options: BoostingOptions,
  { from, groups, afterRound }: BoostingStart = {},
): Forest {
  const { rounds, rate, rowShare, columnShare, columnsMin, seed } = options;
  const start = from?.start ?? objective.start;
  const trees: Tree[] = [...(from?.trees ?? [])];
  const rng = new Rng(seed);
  const scores = new Float64Array(matrix.rows);
  scoreForest({ map: matrix.map, start, trees }, matrix, scores);
  const gradients = new Float64Array(matrix.rows);
  const hessians = new Float64Array(matrix.rows);
  const grower = new TreeGrower(matrix, options);
  const allRows = new Int32Array(matrix.rows);
  for (let row = 0; row < matrix.rows; row++) allRows[row] = row;
  const usable = usableColumns(matrix);
  const units = groups === undefined ? allRows : allRows.subarray(0, groups.length - 1);
  for (let round = 0; round < rounds; round++) {
    const drawn = rowShare >= 1 ? undefined : draw(units, units.length * rowShare, rng);
    objective.gradients(scores, gradients, hessians, drawn);
    const rows = drawn === undefined ? allRows : rowsOf(drawn, groups);
    const columns = columnShare >= 1 ? usable : draw(usable, Math.max(columnsMin, usable.length * columnShare), rng);
    const tree = shrink(grower.grow(rows, columns, gradients, hessians, rng), rate);
    trees.push(tree);
    grower.eachRow((row, leaf) => {
      scores[row]! += tree.values[leaf]!;
    });
    if (rows.length < matrix.rows) addTree(tree, matrix, scores, rows);
    if (afterRound?.(tree, round) === false) break;
  }
  return { map: matrix.map, start, trees };
}

function shrink(tree: Tree, rate: number): Tree {
  return { ...tree, values: tree.values.map((value) => value * rate) };
}

/** Columns with more than one bin. */
function usableColumns({ firstBins, columns }: BinnedMatrix): Int32Array {
  return Int32Array.from({ length: columns }, (_, column) => column).filter(
    (column) => firstBins[column + 1]! - firstBins[column]! > 1,
  );
}

/** About `count` of `from`, in their order; at least one. */
function draw(from: Int32Array, count: number, rng: Rng): Int32Array {
  const drawn = new Int32Array(Math.min(from.length, Math.max(1, Math.round(count))));
  let taken = 0;
  for (let i = 0; i < from.length && taken < drawn.length; i++)
    if (rng.unit() * (from.length - i) < drawn.length - taken) drawn[taken++] = from[i]!;
  return drawn;
}

function rowsOf(drawn: Int32Array, groups: Int32Array | undefined): Int32Array {
  if (groups === undefined) return drawn;
  let length = 0;
  for (const group of drawn) length += groups[group + 1]! - groups[group]!;
  const out = new Int32Array(length);
  let at = 0;
  for (const group of drawn) for (let row = groups[group]!; row < groups[group + 1]!; row++) out[at++] = row;
  return out;
}

/** The score of each row. out: [rows] */
export function scoreForest({ start, trees }: Forest, matrix: BinnedMatrix, out: Float64Array): void {
  out.fill(start, 0, matrix.rows);
  if (trees.length === 0) return;
  const { map, starts, entries, rows, firstBins } = matrix;
  const columnOf = columnsOfBins(firstBins);
  const bins = map.defaults.slice(); // [columns], of the row at hand
  for (let row = 0; row < rows; row++) {
    for (let entry = starts[row]!; entry < starts[row + 1]!; entry++)
      bins[columnOf[entries[entry]!]!] = entries[entry]!;
    let sum = 0;
    for (const tree of trees) sum += tree.values[leafOf(tree, bins, firstBins)]!;
    out[row]! += sum;
    for (let entry = starts[row]!; entry < starts[row + 1]!; entry++) {
      const column = columnOf[entries[entry]!]!;
      bins[column] = map.defaults[column]!;
    }
  }
}

/** Adds a tree's value to the score of each row but `except`, which rise. scores: [rows] */
export function addTree(
  tree: Tree,
  matrix: BinnedMatrix,
  scores: Float64Array,
  except: Int32Array = new Int32Array(0),
): void {
  const { columns, cuts, missingLeft, left, right, values } = tree;
  const { byColumn } = matrix;
  let skipped = 0;
  for (let row = 0; row < matrix.rows; row++) {
    if (except[skipped] === row) {
      skipped++;
      continue;
    }
    let node = columns.length === 0 ? ~0 : 0;
    while (node >= 0) {
      const column = columns[node]!;
      const bin = byColumn === undefined ? binAt(matrix, row, column) : byColumn[column]![row]!;
      const goesLeft = bin === matrix.firstBins[column] ? missingLeft[node] === 1 : bin <= cuts[node]!;
      node = goesLeft ? left[node]! : right[node]!;
    }
    scores[row]! += values[~node]!;
  }
}

function columnsOfBins(firstBins: Int32Array): Int32Array {
  const columns = new Int32Array(firstBins[firstBins.length - 1]!);
  for (let column = 0; column + 1 < firstBins.length; column++)
    columns.fill(column, firstBins[column]!, firstBins[column + 1]!);
  return columns;
}

/** bins: [columns] */
function leafOf({ columns, cuts, missingLeft, left, right }: Tree, bins: Int32Array, firstBins: Int32Array): number {
  if (columns.length === 0) return 0;
  let node = 0;
  while (node >= 0) {
    const column = columns[node]!;
    const bin = bins[column]!;
    const goesLeft = bin === firstBins[column] ? missingLeft[node] === 1 : bin <= cuts[node]!;
    node = goesLeft ? left[node]! : right[node]!;
  }
  return ~node;
}

/** Log loss of labels 0 and 1; the score is the log-odds. labels: [rows] */
export function logisticObjective(labels: Uint8Array): Objective {
  let positives = 0;
  for (const label of labels) positives += label;
  return {
    start: Math.log((positives + 0.5) / (labels.length - positives + 0.5)),
    gradients(scores, gradients, hessians, drawn) {
      const count = drawn?.length ?? labels.length;
      for (let i = 0; i < count; i++) {
        const row = drawn === undefined ? i : drawn[i]!;
        const probability = 1 / (1 + Math.exp(-scores[row]!));
        gradients[row] = probability - labels[row]!;
        hessians[row] = Math.max(1e-16, probability * (1 - probability));
      }
    },
  };
}

/** Squared error; the score is the value. targets: [rows] */
export function squaredObjective(targets: Float32Array | Float64Array): Objective {
  let sum = 0;
  for (const target of targets) sum += target;
  return {
    start: targets.length === 0 ? 0 : sum / targets.length,
    gradients(scores, gradients, hessians) {
      for (let row = 0; row < targets.length; row++) {
        gradients[row] = scores[row]! - targets[row]!;
        hessians[row] = 1;
      }
    },
  };
}
