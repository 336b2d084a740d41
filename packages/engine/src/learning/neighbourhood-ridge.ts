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
 * Of its co-occurrences each item keeps the strongest, at most `ROW_MAX` and of all together at most `ENTRIES_MAX`.
 */
import { CoOccurrence, rowWeights } from './co-occurrence.ts';
import { type FactorKernels, factorKernels } from './factor-kernels.ts';
import { EdgeWriter, edgesFromIncoming, type ItemEdges, ItemGraph } from './item-graph.ts';
import { meanOfPositive, ownWeights } from './item-knn.ts';
import type { Recommender } from './recommender.ts';
import type { SparseMatrix } from './sparse-matrix.ts';
import { topScores } from './top-scores.ts';
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
  readonly #rows: ItemEdges; // c_ij, without the diagonal
  readonly #place: Int32Array; // [items], where in the neighbourhood, or -1
  readonly #explained: Float32Array; // [items]
  readonly #best: Int32Array; // [neighbours]
  readonly #system: RidgeSystem;

  constructor(together: CoOccurrence, { neighbours, ridge, dropout }: NeighbourhoodRidgeOptions) {
    const items = together.byItem.rowCount;
    this.#own = ownWeights(together);
    this.#ridge = ridge * meanOfPositive(this.#own);
    this.#dropout = dropout;
    this.#rows = coOccurrences(
      together,
      Math.max(neighbours, Math.min(ROW_MAX, Math.floor(ENTRIES_MAX / Math.max(1, items)))),
    );
    this.#place = new Int32Array(items).fill(-1);
    this.#explained = new Float32Array(items);
    this.#best = new Int32Array(Math.min(neighbours, items));
    this.#system = new RidgeSystem(this.#best.length);
  }

  /** Adds who explains `item`, and how much. */
  explain(item: number, out: EdgeWriter): void {
    const { starts, targets, weights } = this.#rows;
    const from = starts[item]!;
    const candidates = starts[item + 1]! - from;
    for (let c = 0; c < candidates; c++)
      this.#explained[c] = weights[from + c]! ** 2 / (this.#own[targets[from + c]!]! + this.#ridge);
    const size = topScores(this.#explained, this.#best.length, this.#best, candidates);
    if (size === 0) return;
    this.#system.clear(size);
    for (let a = 0; a < size; a++) {
      const entry = from + this.#best[a]!;
      this.#place[targets[entry]!] = a;
      this.#system.setWanted(a, weights[entry]!);
    }
    this.#gather(from, size);
    const solution = this.#system.solve();
    for (let a = 0; a < size; a++) {
      const neighbour = targets[from + this.#best[a]!]!;
      this.#place[neighbour] = -1;
      if (Math.abs(solution[a]!) > WEIGHT_MIN) out.add(neighbour, solution[a]!);
    }
  }

  /** C_NN with its ridge. */
  #gather(from: number, size: number): void {
    const { starts, targets, weights } = this.#rows;
    const system = this.#system;
    for (let a = 0; a < size; a++) {
      const neighbour = targets[from + this.#best[a]!]!;
      system.set(a, a, (1 + this.#dropout) * this.#own[neighbour]! + this.#ridge);
      for (let e = starts[neighbour]!; e < starts[neighbour + 1]!; e++) {
        const place = this.#place[targets[e]!]!;
        if (place < 0) continue;
        // What the cut row of an item met by many has lost, its partner's row still has.
        if (place < a) system.set(place, a, weights[e]!);
        else system.set(a, place, weights[e]!);
      }
    }
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

function coOccurrences(together: CoOccurrence, rowMax: number): ItemEdges {
  const items = together.byItem.rowCount;
  const rows = new EdgeWriter(items);
  const strengths = new Float32Array(items);
  const best = new Int32Array(Math.min(rowMax, items));
  for (let item = 0; item < items; item++) {
    const touched = together.row(item);
    if (touched.length <= rowMax) {
      for (const other of touched) if (other !== item) rows.add(other, together.counts[other]!);
    } else {
      for (let t = 0; t < touched.length; t++) strengths[t] = together.counts[touched[t]!]!;
      const size = topScores(strengths, rowMax, best, touched.length);
      for (let i = 0; i < size; i++) {
        const other = touched[best[i]!]!;
        if (other !== item) rows.add(other, together.counts[other]!);
      }
    }
    rows.next();
  }
  return rows.edges();
}
