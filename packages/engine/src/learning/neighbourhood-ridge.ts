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
import { EdgeWriter, edgesFromIncoming, type ItemEdges, ItemGraph } from './item-graph.ts';
import { meanOfPositive, ownWeights } from './item-knn.ts';
import type { Recommender } from './recommender.ts';
import { solveSymmetric } from './solve-symmetric.ts';
import type { SparseMatrix } from './sparse-matrix.ts';
import { topScores } from './top-scores.ts';

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
  readonly #gram: Float64Array; // [neighbours × neighbours]
  readonly #solution: Float64Array; // [neighbours]

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
    this.#best = new Int32Array(neighbours);
    this.#gram = new Float64Array(neighbours * neighbours);
    this.#solution = new Float64Array(neighbours);
  }

  /** Adds who explains `item`, and how much. */
  explain(item: number, out: EdgeWriter): void {
    const { starts, targets, weights } = this.#rows;
    const from = starts[item]!;
    const candidates = starts[item + 1]! - from;
    for (let c = 0; c < candidates; c++)
      this.#explained[c] = weights[from + c]! ** 2 / (this.#own[targets[from + c]!]! + this.#ridge);
    const size = topScores(this.#explained, this.#best.length, this.#best, candidates);
    for (let a = 0; a < size; a++) {
      const entry = from + this.#best[a]!;
      this.#place[targets[entry]!] = a;
      this.#solution[a] = weights[entry]!;
    }
    this.#gather(from, size);
    solveSymmetric(this.#gram, this.#solution, size);
    for (let a = 0; a < size; a++) {
      const neighbour = targets[from + this.#best[a]!]!;
      this.#place[neighbour] = -1;
      if (Math.abs(this.#solution[a]!) > WEIGHT_MIN) out.add(neighbour, this.#solution[a]!);
    }
  }

  /** The lower triangle of C_NN with its ridge. */
  #gather(from: number, size: number): void {
    const { starts, targets, weights } = this.#rows;
    this.#gram.fill(0, 0, size * size);
    for (let a = 0; a < size; a++) {
      const neighbour = targets[from + this.#best[a]!]!;
      this.#gram[a * size + a] = (1 + this.#dropout) * this.#own[neighbour]! + this.#ridge;
      for (let e = starts[neighbour]!; e < starts[neighbour + 1]!; e++) {
        const place = this.#place[targets[e]!]!;
        if (place < 0) continue;
        // What the cut row of an item met by many has lost, its partner's row still has.
        if (place < a) this.#gram[a * size + place] = weights[e]!;
        else this.#gram[place * size + a] = weights[e]!;
      }
    }
  }
}

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
