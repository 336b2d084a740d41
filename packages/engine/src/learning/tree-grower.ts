/**
 * Grows one regression tree on gradients g and hessians h: best leaf first, splits found in histograms of bins, the larger
 * child's histogram by subtraction from its parent's. With G, H the sums of a leaf and λ the L2 penalty (Chen and Guestrin,
 * XGBoost, KDD 2016, eq. 6–7; leaf-wise growth: Ke et al., LightGBM, NIPS 2017):
 *
 *     gain = G_L²/(H_L + λ) + G_R²/(H_R + λ) − G²/(H + λ),     value = −G/(H + λ)
 *
 * Missing values go where the gain is larger. With `randomCuts` each column offers one random cut a leaf instead of its best
 * one (extremely randomised trees, Geurts et al., 2006), which regularises small, noisy data.
 */
import type { Rng } from '../base/rng.ts';
import { type BinnedMatrix, binAt } from './binned-matrix.ts';

export interface GrowthOptions {
  readonly leavesMax: number;
  readonly depthMax: number;
  /** In a leaf. */
  readonly rowsMin: number;
  readonly hessianMin: number;
  readonly l2: number;
  readonly gainMin: number;
  readonly randomCuts: boolean;
}

/** Inner nodes in the order of their making, the root first. A child is the number of a node, or ~leaf. */
export interface Tree {
  readonly columns: Int32Array; // [nodes]
  /** Rows whose bin is at most this go left; numbers over all columns. */
  readonly cuts: Int32Array; // [nodes]
  readonly missingLeft: Uint8Array; // [nodes]
  readonly left: Int32Array; // [nodes]
  readonly right: Int32Array; // [nodes]
  readonly values: Float64Array; // [leaves]
}

interface Leaf {
  from: number;
  to: number;
  depth: number;
  gradient: number;
  hessian: number;
  histogram: Float64Array | undefined;
  /** The node and side that point here; -1 for the root. */
  parent: number;
  onLeft: boolean;
  split: Split | undefined;
}

interface Split {
  column: number;
  cut: number;
  missingLeft: boolean;
  gain: number;
}

/** Cells of a histogram's bin: Σg, Σh, rows. */
const CELLS = 3;

export class TreeGrower {
  readonly #matrix: BinnedMatrix;
  readonly #options: GrowthOptions;
  readonly #histograms: Float64Array[] = [];
  readonly #rows: Int32Array; // [rows], those of a leaf side by side
  readonly #aside: Int32Array; // [rows]
  /** Of a leaf's rows, in their order. */
  readonly #leafGradients: Float64Array; // [rows]
  readonly #leafHessians: Float64Array; // [rows]
  #gradients: Float64Array = new Float64Array(0);
  #hessians: Float64Array = new Float64Array(0);
  #leaves: Leaf[] = [];

  constructor(matrix: BinnedMatrix, options: GrowthOptions) {
    this.#matrix = matrix;
    this.#options = options;
    this.#rows = new Int32Array(matrix.rows);
    this.#aside = new Int32Array(matrix.rows);
    this.#leafGradients = new Float64Array(matrix.rows);
    this.#leafHessians = new Float64Array(matrix.rows);
  }

  /**
   * `rows`: those to learn from. `columns`: those that may split. Leaf values are not yet shrunken.
   * gradients, hessians: [matrix.rows]
   */
  grow(rows: Int32Array, columns: Int32Array, gradients: Float64Array, hessians: Float64Array, rng: Rng): Tree {
    this.#gradients = gradients;
    this.#hessians = hessians;
    this.#rows.set(rows);
    const root = this.#leaf(0, rows.length, 0, -1, false);
    this.#leaves = [root];
    const nodes: Split[] = [];
    const children: [number, number][] = [];
    if (this.#options.leavesMax > 1) {
      root.histogram = this.#count(root, columns);
      root.split = this.#bestSplit(root, columns, rng);
    }
    while (this.#leaves.length < this.#options.leavesMax) {
      const best = this.#mostGaining();
      if (best < 0) break;
      this.#split(best, nodes, children, columns, rng);
    }
    for (const { histogram } of this.#leaves) if (histogram !== undefined) this.#histograms.push(histogram);
    return this.#tree(nodes, children);
  }

  /** Calls `add` with each learned-from row and the leaf that it lies in, for the tree grown last. */
  eachRow(add: (row: number, leaf: number) => void): void {
    this.#leaves.forEach(({ from, to }, leaf) => {
      for (let i = from; i < to; i++) add(this.#rows[i]!, leaf);
    });
  }

  #mostGaining(): number {
    let best = -1;
    let gain = 0;
    this.#leaves.forEach(({ split }, leaf) => {
      if (split === undefined || split.gain <= gain) return;
      best = leaf;
      gain = split.gain;
    });
    return best;
  }

  #leaf(from: number, to: number, depth: number, parent: number, onLeft: boolean): Leaf {
    let gradient = 0;
    let hessian = 0;
    for (let i = from; i < to; i++) {
      gradient += this.#gradients[this.#rows[i]!]!;
      hessian += this.#hessians[this.#rows[i]!]!;
    }
    return { from, to, depth, gradient, hessian, histogram: undefined, parent, onLeft, split: undefined };
  }

  #split(index: number, nodes: Split[], children: [number, number][], columns: Int32Array, rng: Rng): void {
    const parent = this.#leaves[index]!;
    const split = parent.split!;
    const node = nodes.push(split) - 1;
    children.push([~index, ~this.#leaves.length]);
    if (parent.parent >= 0) children[parent.parent]![parent.onLeft ? 0 : 1] = node;
    const middle = this.#partition(parent, split);
    const left = this.#leaf(parent.from, middle, parent.depth + 1, node, true);
    const right = this.#leaf(middle, parent.to, parent.depth + 1, node, false);
    this.#leaves[index] = left;
    this.#leaves.push(right);
    const [small, large] = left.to - left.from <= right.to - right.from ? [left, right] : [right, left];
    const last = this.#leaves.length === this.#options.leavesMax;
    if (last || left.depth >= this.#options.depthMax) {
      this.#histograms.push(parent.histogram!);
      return;
    }
    small.histogram = this.#count(small, columns);
    large.histogram = this.#subtract(parent.histogram!, small.histogram, columns);
    left.split = this.#bestSplit(left, columns, rng);
    right.split = this.#bestSplit(right, columns, rng);
  }

  /** Moves the leaf's rows so that those that go left come first, each side in its order; returns where the right ones begin. */
  #partition(leaf: Leaf, split: Split): number {
    const { from, to } = leaf;
    const { column, cut, missingLeft } = split;
    const matrix = this.#matrix;
    const rows = this.#rows;
    const others = this.#aside;
    const bins = matrix.byColumn?.[column];
    if (bins === undefined) return this.#partitionSparse(leaf, split);
    const missing = matrix.firstBins[column]!;
    // Bins on the left follow each other: the missing one is the first of its column. Counted on rather than branched on, as it cannot be predicted.
    const lowest = missingLeft ? missing : missing + 1;
    let left = from;
    let aside = 0;
    for (let i = from; i < to; i++) {
      const row = rows[i]!;
      const bin = bins[row]!;
      const isLeft = Number((bin - lowest) >>> 0 <= cut - lowest);
      rows[left] = row;
      others[aside] = row;
      left += isLeft;
      aside += 1 - isLeft;
    }
    rows.set(this.#aside.subarray(0, aside), left);
    return left;
  }

  /** The same where rows keep no defaults: most go one way, which is predicted. */
  #partitionSparse({ from, to }: Leaf, { column, cut, missingLeft }: Split): number {
    const matrix = this.#matrix;
    const rows = this.#rows;
    const missing = matrix.firstBins[column]!;
    let left = from;
    let aside = 0;
    for (let i = from; i < to; i++) {
      const row = rows[i]!;
      const bin = binAt(matrix, row, column);
      if (bin === missing ? missingLeft : bin <= cut) rows[left++] = row;
      else this.#aside[aside++] = row;
    }
    rows.set(this.#aside.subarray(0, aside), left);
    return left;
  }

  /** Sums over the leaf's rows for each bin; whole for the given columns only. [bins × CELLS] */
  #count(leaf: Leaf, columns: Int32Array): Float64Array {
    const { firstBins, map } = this.#matrix;
    const histogram = this.#histograms.pop() ?? new Float64Array(firstBins[firstBins.length - 1]! * CELLS);
    if (this.#matrix.byColumn === undefined) this.#addRows(leaf, histogram.fill(0));
    else this.#addColumns(leaf, columns, histogram);
    for (const column of columns) {
      let g = leaf.gradient;
      let h = leaf.hessian;
      let count = leaf.to - leaf.from;
      for (let at = firstBins[column]! * CELLS; at < firstBins[column + 1]! * CELLS; at += CELLS) {
        g -= histogram[at]!;
        h -= histogram[at + 1]!;
        count -= histogram[at + 2]!;
      }
      const at = map.defaults[column]! * CELLS;
      histogram[at] = g;
      histogram[at + 1] = h;
      histogram[at + 2] = count;
    }
    return histogram;
  }

  /** All but the defaults, row by row. */
  #addRows({ from, to }: Leaf, histogram: Float64Array): void {
    const { starts, entries } = this.#matrix;
    const rows = this.#rows;
    const gradients = this.#gradients;
    const hessians = this.#hessians;
    for (let i = from; i < to; i++) {
      const row = rows[i]!;
      const g = gradients[row]!;
      const h = hessians[row]!;
      for (let entry = starts[row]!; entry < starts[row + 1]!; entry++) {
        const at = entries[entry]! * CELLS;
        histogram[at]! += g;
        histogram[at + 1]! += h;
        histogram[at + 2]! += 1;
      }
    }
  }

  /** The same sums, to the bit, of these columns only. */
  #addColumns({ from, to }: Leaf, columns: Int32Array, histogram: Float64Array): void {
    const { firstBins, map } = this.#matrix;
    const rows = this.#rows;
    const gradients = this.#leafGradients;
    const hessians = this.#leafHessians;
    for (let i = from; i < to; i++) {
      gradients[i] = this.#gradients[rows[i]!]!;
      hessians[i] = this.#hessians[rows[i]!]!;
    }
    for (const column of columns) {
      const bins = this.#matrix.byColumn![column]!;
      const common = map.defaults[column]!;
      histogram.fill(0, firstBins[column]! * CELLS, firstBins[column + 1]! * CELLS);
      for (let i = from; i < to; i++) {
        const bin = bins[rows[i]!]!;
        if (bin === common) continue;
        const at = bin * CELLS;
        histogram[at]! += gradients[i]!;
        histogram[at + 1]! += hessians[i]!;
        histogram[at + 2]! += 1;
      }
    }
  }

  /** `whole` − `part`, in the place of `whole`. */
  #subtract(whole: Float64Array, part: Float64Array, columns: Int32Array): Float64Array {
    const { firstBins } = this.#matrix;
    for (const column of columns) {
      const end = firstBins[column + 1]! * CELLS;
      for (let i = firstBins[column]! * CELLS; i < end; i++) whole[i]! -= part[i]!;
    }
    return whole;
  }

  #bestSplit(leaf: Leaf, columns: Int32Array, rng: Rng): Split | undefined {
    const { rowsMin, hessianMin, gainMin } = this.#options;
    if (leaf.to - leaf.from < 2 * rowsMin || leaf.hessian < 2 * hessianMin) return undefined;
    const best: Split = { column: -1, cut: -1, missingLeft: false, gain: gainMin };
    for (const column of columns) {
      const from = this.#matrix.firstBins[column]! + 1;
      const to = this.#matrix.firstBins[column + 1]! - 1;
      if (to <= from && leaf.histogram![(from - 1) * CELLS + 2] === 0) continue;
      const only = this.#options.randomCuts ? from + rng.below(Math.max(1, to - from)) : -1;
      this.#tryColumn(leaf, column, only, best);
    }
    return best.column < 0 ? undefined : best;
  }

  /** Tries the cuts of a column, or only one of them, with the missing rows on either side. */
  #tryColumn({ histogram: sums, gradient, hessian, from, to }: Leaf, column: number, only: number, best: Split): void {
    const { rowsMin, hessianMin, l2 } = this.#options;
    const histogram = sums!;
    const first = this.#matrix.firstBins[column]!;
    const last = this.#matrix.firstBins[column + 1]! - 1;
    const rows = to - from;
    const base = (gradient * gradient) / (hessian + l2);
    const missing = histogram[first * CELLS + 2]!;
    for (let side = 0; side < (missing > 0 ? 2 : 1); side++) {
      let g = side === 0 ? 0 : histogram[first * CELLS]!;
      let h = side === 0 ? 0 : histogram[first * CELLS + 1]!;
      let count = side === 0 ? 0 : missing;
      // The last range may be a side of its own only where the missing rows make up the other.
      for (let bin = first + 1; bin < last || (bin === last && side === 0 && missing > 0); bin++) {
        const at = bin * CELLS;
        g += histogram[at]!;
        h += histogram[at + 1]!;
        count += histogram[at + 2]!;
        if (only >= 0 && bin !== only) continue;
        if (count < rowsMin || h < hessianMin) continue;
        if (rows - count < rowsMin || hessian - h < hessianMin) break;
        const rest = gradient - g;
        const gain = (g * g) / (h + l2) + (rest * rest) / (hessian - h + l2) - base;
        if (gain <= best.gain) continue;
        best.gain = gain;
        best.column = column;
        best.cut = bin;
        best.missingLeft = side === 1;
      }
    }
  }

  #tree(nodes: readonly Split[], children: readonly [number, number][]): Tree {
    const { l2 } = this.#options;
    return {
      columns: Int32Array.from(nodes, ({ column }) => column),
      cuts: Int32Array.from(nodes, ({ cut }) => cut),
      missingLeft: Uint8Array.from(nodes, ({ missingLeft }) => (missingLeft ? 1 : 0)),
      left: Int32Array.from(children, ([left]) => left),
      right: Int32Array.from(children, ([, right]) => right),
      values: Float64Array.from(this.#leaves, ({ gradient, hessian }) =>
        hessian + l2 > 0 ? -gradient / (hessian + l2) : 0,
      ),
    };
  }
}
