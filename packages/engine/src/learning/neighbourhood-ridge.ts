/**
 * A sparse linear model for catalogues too large for EASE: each item is regressed, with a ridge, on the few items that say
 * most of it (Ning and Karypis' SLIM with feature selection, ICDM 2011, without the l1 term, so that each item has a closed
 * form).
 *
 *     w_·j = argmin ‖x_j − X_N w‖² + Σ_i (λ c̄ + π c_ii) w_i²  =  (C_NN + λ c̄ I + π diag C)⁻¹ c_Nj
 *
 * with C = Xᵀ diag(|u|^−δ) X, c̄ the mean of its diagonal, and N the `neighbours` largest c_ij² / (c_ii + λ c̄), which is what
 * each would explain alone. π > 0 is the ridge that dropping inputs at random amounts to (Steck, NeurIPS 2020).
 *
 * Of a large catalogue's co-occurrences each item keeps the strongest, at most `ROW_MAX` and of all together at most `ENTRIES_MAX`.
 */
import { CoOccurrence, rowWeights } from './co-occurrence.ts';
import { type FactorKernels, factorKernels } from './factor-kernels.ts';
import { EdgeWriter, edgesFromIncoming, type ItemEdges, ItemGraph } from './item-graph.ts';
import { meanOfPositive, ownWeights } from './item-knn.ts';
import type { Recommender } from './recommender.ts';
import { rowSize, type SparseMatrix } from './sparse-matrix.ts';
import { topSet } from './top-scores.ts';
import { sharedMemory } from './wasm-assembler.ts';

const KIND = 'neighbourhood-ridge';
/** 8 bytes each. */
const ENTRIES_MAX = 24_000_000;
/** Of one item: a bound of time. */
const ROW_MAX = 600;
const WEIGHT_MIN = 1e-6;

export interface NeighbourhoodRidgeOptions {
  readonly neighbours: number;
  readonly ridge: number; // λ
  readonly dropout: number; // π
  readonly rowExponent: number; // δ
}

export const DEFAULT_NEIGHBOURHOOD_RIDGE: NeighbourhoodRidgeOptions = {
  neighbours: 100,
  ridge: 5,
  dropout: 0.5,
  rowExponent: 0.25,
};

export function fitNeighbourhoodRidge(
  matrix: SparseMatrix,
  options: NeighbourhoodRidgeOptions = DEFAULT_NEIGHBOURHOOD_RIDGE,
): Recommender {
  const together = new CoOccurrence(matrix, rowWeights(matrix, options.rowExponent));
  const regression = new Regression(together, options);
  const incoming = new EdgeWriter(matrix.columnCount);
  for (let item = 0; item < matrix.columnCount; item++) {
    regression.explain(item, incoming);
    incoming.next();
  }
  return new ItemGraph(KIND, edgesFromIncoming(matrix.columnCount, incoming.edges()));
}

export const loadNeighbourhoodRidge = (bytes: Uint8Array): Recommender => ItemGraph.load(bytes, KIND);

class Regression {
  readonly #own: Float64Array; // [items], c_ii
  readonly #ridge: number; // λ c̄
  readonly #dropout: number;
  readonly #together: Together;
  readonly #targets: Int32Array; // [items]
  readonly #weights: Float32Array; // [items]
  readonly #explained: Float32Array; // [items]
  readonly #room: Float32Array; // [items]
  readonly #best: Int32Array; // [neighbours]
  readonly #system: RidgeSystem;

  constructor(counted: CoOccurrence, { neighbours, ridge, dropout }: NeighbourhoodRidgeOptions) {
    const items = counted.byItem.rowCount;
    this.#own = ownWeights(counted);
    this.#ridge = ridge * meanOfPositive(this.#own);
    this.#dropout = dropout;
    this.#together =
      items <= DENSE_ITEMS_MAX && stepsOf(counted.matrix) > DENSE_STEPS_MIN * items
        ? new DenseTogether(counted)
        : new SparseTogether(counted, neighbours);
    this.#targets = new Int32Array(items);
    this.#weights = new Float32Array(items);
    this.#explained = new Float32Array(items);
    this.#room = new Float32Array(items);
    this.#best = new Int32Array(Math.min(neighbours, items));
    this.#system = new RidgeSystem(this.#best.length);
  }

  /** Adds who explains `item`, and how much. */
  explain(item: number, out: EdgeWriter): void {
    const [targets, weights] = [this.#targets, this.#weights];
    const candidates = this.#together.row(item, targets, weights);
    for (let c = 0; c < candidates; c++)
      this.#explained[c] = weights[c]! ** 2 / (this.#own[targets[c]!]! + this.#ridge);
    const best = this.#best;
    const size = topSet(this.#explained, best.length, best, candidates, this.#room);
    if (size === 0) return;
    const system = this.#system;
    system.clear(size);
    const neighbours = new Int32Array(size);
    for (let a = 0; a < size; a++) {
      const entry = best[a]!;
      neighbours[a] = targets[entry]!;
      system.setWanted(a, weights[entry]!);
      system.set(a, a, (1 + this.#dropout) * this.#own[neighbours[a]!]! + this.#ridge);
    }
    this.#together.gather(neighbours, system);
    const solution = system.solve();
    for (let a = 0; a < size; a++) if (Math.abs(solution[a]!) > WEIGHT_MIN) out.add(neighbours[a]!, solution[a]!);
  }
}

/** c_ij of every two items, or of as many as there is room for. */
interface Together {
  /** Who has met `item`'s buyers, and how often, in no order; gives how many. */
  row(item: number, targets: Int32Array, weights: Float32Array): number;
  /** Sets the cells above the diagonal, in the order of `neighbours`. */
  gather(neighbours: Int32Array, system: RidgeSystem): void;
}

/** 64 MiB. */
const DENSE_ITEMS_MAX = 4096;
/** Co-occurrences of an item from which on to look cells up costs less than to read its neighbours' rows. */
const DENSE_STEPS_MIN = 200;

class DenseTogether implements Together {
  readonly #items: number;
  readonly #cells: Float32Array; // [items × items], zeros on the diagonal

  constructor(counted: CoOccurrence) {
    const items = counted.byItem.rowCount;
    this.#items = items;
    this.#cells = new Float32Array(items * items);
    for (let item = 0; item < items; item++) {
      const touched = counted.row(item);
      for (let t = 0; t < touched.length; t++) this.#cells[item * items + touched[t]!] = counted.counts[touched[t]!]!;
      this.#cells[item * items + item] = 0;
    }
  }

  row(item: number, targets: Int32Array, weights: Float32Array): number {
    const from = item * this.#items;
    let size = 0;
    for (let other = 0; other < this.#items; other++) {
      const weight = this.#cells[from + other]!;
      if (weight === 0) continue;
      targets[size] = other;
      weights[size++] = weight;
    }
    return size;
  }

  gather(neighbours: Int32Array, system: RidgeSystem): void {
    const cells = this.#cells;
    for (let a = 0; a < neighbours.length; a++) {
      const from = neighbours[a]! * this.#items;
      const row = system.row(a);
      for (let b = a + 1; b < neighbours.length; b++) row[b] = cells[from + neighbours[b]!]!;
    }
  }
}

class SparseTogether implements Together {
  readonly #rows: ItemEdges; // without the diagonal
  readonly #place: Int32Array; // [items], where in the neighbourhood, or -1

  constructor(counted: CoOccurrence, neighbours: number) {
    const items = counted.byItem.rowCount;
    const rowMax = Math.max(neighbours, Math.min(ROW_MAX, Math.floor(ENTRIES_MAX / Math.max(1, items))));
    this.#rows = strongest(counted, rowMax);
    this.#place = new Int32Array(items).fill(-1);
  }

  row(item: number, targets: Int32Array, weights: Float32Array): number {
    const rows = this.#rows;
    const [from, to] = [rows.starts[item]!, rows.starts[item + 1]!];
    for (let e = from; e < to; e++) {
      targets[e - from] = rows.targets[e]!;
      weights[e - from] = rows.weights[e]!;
    }
    return to - from;
  }

  gather(neighbours: Int32Array, system: RidgeSystem): void {
    const { starts, targets, weights } = this.#rows;
    for (let a = 0; a < neighbours.length; a++) this.#place[neighbours[a]!] = a;
    for (let a = 0; a < neighbours.length; a++) {
      const neighbour = neighbours[a]!;
      for (let e = starts[neighbour]!; e < starts[neighbour + 1]!; e++) {
        const place = this.#place[targets[e]!]!;
        if (place < 0) continue;
        // What the cut row of an item met by many has lost, its partner's row still has.
        if (place < a) system.set(place, a, weights[e]!);
        else system.set(a, place, weights[e]!);
      }
    }
    for (const neighbour of neighbours) this.#place[neighbour] = -1;
  }
}

/** Of the diagonal: a pivot that rounding, or entries left out of the matrix, have brought below is taken as this. */
const PIVOT_MIN = 1e-4;

/** One system at a time, in the kernels' memory: in whole fours, with ones on the diagonal behind it. */
class RidgeSystem {
  readonly #kernels: FactorKernels;
  readonly #matrix: Float32Array; // [size × stride], the right side in the column behind the last
  readonly #floors: Float32Array; // [size]
  readonly #solution: Float32Array; // [size]
  #size = 0;
  #stride = 0;

  constructor(sizeMax: number) {
    const size = Math.max(4, wholeFours(sizeMax));
    const memory = sharedMemory(4 * (size * (size + 4) + 2 * size));
    this.#kernels = factorKernels(memory);
    this.#matrix = new Float32Array(memory.buffer, 0, size * (size + 4));
    this.#floors = new Float32Array(memory.buffer, this.#matrix.byteLength, size);
    this.#solution = new Float32Array(memory.buffer, this.#matrix.byteLength + 4 * size, size);
  }

  /** Zeros, for a system of `size` equations. */
  clear(size: number): void {
    this.#size = wholeFours(size);
    this.#stride = this.#size + 4;
    this.#matrix.fill(0, 0, this.#size * this.#stride);
    this.#solution.fill(0);
    for (let i = size; i < this.#size; i++) this.set(i, i, 1);
  }

  /** `row` is at most `column`. */
  set(row: number, column: number, value: number): void {
    this.#matrix[row * this.#stride + column] = value;
  }

  row(row: number): Float32Array {
    return this.#matrix.subarray(row * this.#stride, (row + 1) * this.#stride);
  }

  setWanted(row: number, value: number): void {
    this.#matrix[row * this.#stride + this.#size] = value;
  }

  solve(): Float32Array {
    const [size, stride, matrix] = [this.#size, this.#stride, this.#matrix];
    for (let i = 0; i < size; i++) this.#floors[i] = PIVOT_MIN * matrix[i * stride + i]!;
    this.#kernels.solve(0, 4 * stride, 4 * size, this.#floors.byteOffset, this.#solution.byteOffset);
    return this.#solution;
  }
}

const wholeFours = (size: number): number => 4 * Math.ceil(size / 4);

function strongest(together: CoOccurrence, rowMax: number): ItemEdges {
  const items = together.byItem.rowCount;
  const rows = new EdgeWriter(items);
  const strengths = new Float32Array(items);
  const room = new Float32Array(items);
  const best = new Int32Array(Math.min(rowMax, items));
  for (let item = 0; item < items; item++) {
    const touched = together.row(item);
    if (touched.length <= rowMax) {
      for (const other of touched) if (other !== item) rows.add(other, together.counts[other]!);
    } else {
      for (let t = 0; t < touched.length; t++) strengths[t] = together.counts[touched[t]!]!;
      const size = topSet(strengths, rowMax, best, touched.length, room);
      for (let i = 0; i < size; i++) {
        const other = touched[best[i]!]!;
        if (other !== item) rows.add(other, together.counts[other]!);
      }
    }
    rows.next();
  }
  return rows.edges();
}

/** Steps from an item to a buyer and on to an item, over all items. */
function stepsOf(matrix: SparseMatrix): number {
  let steps = 0;
  for (let row = 0; row < matrix.rowCount; row++) steps += rowSize(matrix, row) ** 2;
  return steps;
}
