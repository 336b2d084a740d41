/**
 * A forest over dense numbers made ready to score many rows that lie in columns: cuts as the values themselves, all nodes in one array.
 * And how much each column moved a row's score against a baseline, by Shapley's values of the game in which each column has either the
 * row's value or the baseline's (Lundberg et al., "Explainable AI for trees", 2020, interventional): a leaf of value v that the row
 * reaches only with its own values in the columns A and the baseline's in B gives
 *
 *     v (|A|−1)! |B|! / (|A|+|B|)!  to each of A,     −v |A|! (|B|−1)! / (|A|+|B|)!  to each of B
 *
 * so that the sums are exactly score(x) − score(x₀). Values must be numbers: nothing is missing here.
 */
import type { Forest } from './boosted-trees.ts';

/** All trees' nodes side by side; a child or root below 0 is ~leaf. */
export interface FlatForest {
  readonly roots: Int32Array; // [trees]
  readonly columns: Int32Array; // [nodes]
  /** Values up to it go left. [nodes] */
  readonly cuts: Float64Array;
  readonly left: Int32Array; // [nodes]
  readonly right: Int32Array;
  readonly leaves: Float64Array;
}

export class ForestScorer {
  /** Of each tree: its first node, or ~leaf where it has none. */
  readonly #roots: Int32Array; // [trees]
  readonly #columns: Int32Array; // [nodes]
  /** Values up to it go left. [nodes] */
  readonly #cuts: Float64Array;
  readonly #left: Int32Array; // [nodes], ~leaf below 0
  readonly #right: Int32Array;
  readonly #leaves: Float64Array;
  readonly #start: number;
  readonly #width: number;

  constructor({ map, start, trees }: Forest) {
    const nodes = trees.reduce((sum, { columns }) => sum + columns.length, 0);
    this.#start = start;
    this.#width = map.dense;
    this.#roots = new Int32Array(trees.length);
    this.#columns = new Int32Array(nodes);
    this.#cuts = new Float64Array(nodes);
    this.#left = new Int32Array(nodes);
    this.#right = new Int32Array(nodes);
    this.#leaves = Float64Array.from(trees.flatMap(({ values }) => [...values]));
    let node = 0;
    let leaf = 0;
    trees.forEach(({ columns, cuts, left, right, values }, tree) => {
      const moved = (child: number): number => (child < 0 ? ~(~child + leaf) : child + node);
      this.#roots[tree] = columns.length === 0 ? ~leaf : node;
      columns.forEach((column, i) => {
        const first = map.edgeStarts[column]! + 2 * column;
        const range = map.edgeStarts[column]! + cuts[i]! - first - 1;
        this.#columns[node + i] = column;
        this.#cuts[node + i] = range < map.edgeStarts[column + 1]! ? map.edges[range]! : Number.POSITIVE_INFINITY;
        this.#left[node + i] = moved(left[i]!);
        this.#right[node + i] = moved(right[i]!);
      });
      node += columns.length;
      leaf += values.length;
    });
  }

  get flat(): FlatForest {
    return {
      roots: this.#roots,
      columns: this.#columns,
      cuts: this.#cuts,
      left: this.#left,
      right: this.#right,
      leaves: this.#leaves,
    };
  }

  /** Adds each row's score to `out`. columns: [columns][rows]; out: [rows] */
  addScores(columns: readonly Float32Array[], rows: number, out: Float64Array): void {
    for (let row = 0; row < rows; row++) out[row]! += this.#start;
    for (let tree = 0; tree < this.#roots.length; tree++) {
      const root = this.#roots[tree]!;
      for (let row = 0; row < rows; row++) {
        let node = root;
        while (node >= 0)
          node = columns[this.#columns[node]!]![row]! <= this.#cuts[node]! ? this.#left[node]! : this.#right[node]!;
        out[row]! += this.#leaves[~node]!;
      }
    }
  }

  /** Of one row. values, baseline: [columns] */
  attribute(values: ArrayLike<number>, baseline: ArrayLike<number>): Float64Array {
    const effects = new Float64Array(this.#width);
    const sides = new Int8Array(this.#width);
    for (const root of this.#roots) this.#attribute(root, { values, baseline, sides, own: 0, theirs: 0 }, effects);
    return effects;
  }

  #attribute(node: number, walk: Walk, effects: Float64Array): void {
    if (node < 0) {
      credit(this.#leaves[~node]!, walk, effects);
      return;
    }
    const { values, baseline, sides } = walk;
    const column = this.#columns[node]!;
    const childOf = (value: number): number => (value <= this.#cuts[node]! ? this.#left[node]! : this.#right[node]!);
    const mine = childOf(values[column]!);
    const theirs = childOf(baseline[column]!);
    if (mine === theirs || sides[column] === OWN) this.#attribute(mine, walk, effects);
    else if (sides[column] === THEIRS) this.#attribute(theirs, walk, effects);
    else {
      sides[column] = OWN;
      this.#attribute(mine, { ...walk, own: walk.own + 1 }, effects);
      sides[column] = THEIRS;
      this.#attribute(theirs, { ...walk, theirs: walk.theirs + 1 }, effects);
      sides[column] = UNDECIDED;
    }
  }
}

const UNDECIDED = 0;
const OWN = 1;
const THEIRS = 2;

/** How a leaf is reached. */
interface Walk {
  readonly values: ArrayLike<number>;
  readonly baseline: ArrayLike<number>;
  /** Whose value each column must have. */
  readonly sides: Int8Array;
  readonly own: number;
  readonly theirs: number;
}

function credit(value: number, { sides, own, theirs }: Walk, effects: Float64Array): void {
  const toOwn = own === 0 ? 0 : value / (own * choose(own + theirs, own));
  const toTheirs = theirs === 0 ? 0 : value / (theirs * choose(own + theirs, theirs));
  for (let column = 0; column < sides.length; column++) {
    if (sides[column] === OWN) effects[column]! += toOwn;
    else if (sides[column] === THEIRS) effects[column]! -= toTheirs;
  }
}

function choose(n: number, k: number): number {
  let ways = 1;
  for (let i = 1; i <= k; i++) ways = (ways * (n - k + i)) / i;
  return ways;
}
