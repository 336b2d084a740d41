/**
 * User-kNN (Resnick et al., CSCW 1994): what those who met the same items met besides.
 *
 *     score(j) = Σ_{v ∈ N(u)} s_uv^q x_vj,   s_uv = Σ_{i ∈ u ∩ v} |i|^−ω / (n_u n_v)^½,   n_u = Σ_{i ∈ u} |i|^−ω
 *
 * over the `neighbours` most alike; a rare item in common says more (ω > 0). It keeps the interactions themselves.
 */
import { packModel, unpackModel } from './model-file.ts';
import { type GraphRecommender, knownItems, type Recommender } from './recommender.ts';
import { columnCounts, type SparseMatrix, transposed } from './sparse-matrix.ts';
import type { SparseScores } from './sparse-scores.ts';
import { topSet } from './top-scores.ts';

const KIND = 'user-knn';
const VERSION = 1;

export interface UserKnnOptions {
  readonly neighbours: number;
  readonly itemExponent: number; // ω
  readonly power: number; // q
}

export const DEFAULT_USER_KNN: UserKnnOptions = { neighbours: 100, itemExponent: 0.5, power: 1 };

export const fitUserKnn = (matrix: SparseMatrix, options: UserKnnOptions = DEFAULT_USER_KNN): Recommender =>
  new UserKnn(matrix, options);

export function loadUserKnn(bytes: Uint8Array): Recommender {
  const { info, arrays } = unpackModel(bytes, KIND, VERSION);
  const { rowCount, columnCount, ...options } = info as unknown as UserKnnOptions & SparseMatrix;
  const { starts, columns } = arrays as unknown as SparseMatrix;
  return new UserKnn({ rowCount, columnCount, starts, columns }, options);
}

class UserKnn implements GraphRecommender {
  readonly itemCount: number;
  readonly #matrix: SparseMatrix;
  readonly #byItem: SparseMatrix;
  readonly #options: UserKnnOptions;
  readonly #itemWeights: Float32Array; // [items], |i|^−ω
  readonly #norms: Float32Array; // [rows], n_u^½
  readonly #common: Float32Array; // [rows]
  readonly #touched: Int32Array; // [rows]
  readonly #likeness: Float32Array; // [rows]
  readonly #room: Float32Array; // [rows]
  readonly #best: Int32Array; // [neighbours]

  constructor(matrix: SparseMatrix, options: UserKnnOptions) {
    this.itemCount = matrix.columnCount;
    this.#matrix = matrix;
    this.#byItem = transposed(matrix);
    this.#options = options;
    this.#itemWeights = Float32Array.from(columnCounts(matrix), (n) => Math.max(1, n) ** -options.itemExponent);
    this.#norms = new Float32Array(matrix.rowCount);
    for (let row = 0; row < matrix.rowCount; row++) {
      let sum = 0;
      for (let e = matrix.starts[row]!; e < matrix.starts[row + 1]!; e++) sum += this.#itemWeights[matrix.columns[e]!]!;
      this.#norms[row] = Math.sqrt(sum);
    }
    this.#common = new Float32Array(matrix.rowCount);
    this.#touched = new Int32Array(matrix.rowCount);
    this.#likeness = new Float32Array(matrix.rowCount);
    this.#room = new Float32Array(matrix.rowCount);
    this.#best = new Int32Array(options.neighbours);
  }

  score(history: Int32Array, scores: Float32Array): void {
    const { starts, columns } = this.#matrix;
    scores.fill(0);
    const touched = this.#meet(knownItems(history, this.itemCount));
    const size = topSet(this.#likeness, this.#best.length, this.#best, touched, this.#room);
    for (let n = 0; n < size; n++) {
      const row = this.#touched[this.#best[n]!]!;
      const weight = this.#likeness[this.#best[n]!]! ** this.#options.power;
      for (let e = starts[row]!; e < starts[row + 1]!; e++) scores[columns[e]!]! += weight;
    }
  }

  addScores(history: Int32Array, scores: SparseScores): void {
    const { starts, columns } = this.#matrix;
    const touched = this.#meet(history);
    const size = topSet(this.#likeness, this.#best.length, this.#best, touched, this.#room);
    for (let n = 0; n < size; n++) {
      const row = this.#touched[this.#best[n]!]!;
      const weight = this.#likeness[this.#best[n]!]! ** this.#options.power;
      for (let e = starts[row]!; e < starts[row + 1]!; e++) scores.add(columns[e]!, weight);
    }
  }

  /** Sets `likeness` of those with items in common, who are in `touched`; gives how many. */
  #meet(history: Int32Array): number {
    const { starts, columns } = this.#byItem;
    let touched = 0;
    let own = 0;
    for (const item of history) {
      const weight = this.#itemWeights[item]!;
      own += weight;
      for (let e = starts[item]!; e < starts[item + 1]!; e++) {
        const row = columns[e]!;
        if (this.#common[row] === 0) this.#touched[touched++] = row;
        this.#common[row]! += weight;
      }
    }
    for (let t = 0; t < touched; t++) {
      const row = this.#touched[t]!;
      this.#likeness[t] = this.#common[row]! / (Math.sqrt(own) * this.#norms[row]!);
      this.#common[row] = 0;
    }
    return touched;
  }

  pack(): Uint8Array {
    const { rowCount, columnCount, starts, columns } = this.#matrix;
    const info = { ...this.#options, rowCount, columnCount };
    return packModel({ kind: KIND, version: VERSION, info, arrays: { starts, columns } });
  }
}
