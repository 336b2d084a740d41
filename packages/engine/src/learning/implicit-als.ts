/**
 * Implicit alternating least squares (Hu, Koren and Volinsky, ICDM 2008) in the form with which Rendle et al. (RecSys 2022)
 * reached today's results, solved by coordinates (iCD; Bayer et al., WWW 2017), so that a sweep costs f per interaction
 * instead of f²:
 *
 *     minimise  Σ_{(u,i) seen} (1 − p_u·q_i)² + α₀ Σ_u Σ_i (p_u·q_i)² + λ Σ_u (|u| + ū) ‖p_u‖² + λ Σ_i (|i| + ī) ‖q_i‖²
 *
 * where |·| counts interactions and ū, ī are the mean counts, so that one λ means the same in small data and in large.
 * A buyer is folded in by solving p_u exactly from the history, so whoever asks need not have been there when it was fitted.
 */
import { Rng } from '../base/rng.ts';
import { packModel, unpackModel } from './model-file.ts';
import { knownItems, type Recommender } from './recommender.ts';
import { RowMixer } from './row-mixer.ts';
import { solveSymmetric } from './solve-symmetric.ts';
import { rowSize, type SparseMatrix, transposed } from './sparse-matrix.ts';

const KIND = 'implicit-als';
const VERSION = 1;

export interface ImplicitAlsOptions {
  readonly factors: number;
  readonly unseenWeight: number; // α₀
  readonly regularisation: number; // λ
  readonly sweeps: number;
  readonly seed: number;
}

export const DEFAULT_IMPLICIT_ALS: ImplicitAlsOptions = {
  factors: 32,
  unseenWeight: 0.2,
  regularisation: 0.03,
  sweeps: 6,
  seed: 1,
};

export function fitImplicitAls(matrix: SparseMatrix, options: ImplicitAlsOptions = DEFAULT_IMPLICIT_ALS): Recommender {
  const { factors, sweeps, seed } = options;
  const rng = new Rng(seed);
  const start = (count: number): Float64Array =>
    Float64Array.from({ length: count * factors }, () => (0.1 * rng.normal()) / Math.sqrt(factors));
  const users = start(matrix.rowCount);
  const items = start(matrix.columnCount);
  const byItem = transposed(matrix);
  for (let sweep = 0; sweep < sweeps; sweep++) {
    improve(users, items, matrix, options);
    improve(items, users, byItem, options);
  }
  return new ImplicitAls(Float32Array.from(items), matrix.columns.length / Math.max(1, matrix.rowCount), options);
}

export function loadImplicitAls(bytes: Uint8Array): Recommender {
  const { info, arrays } = unpackModel(bytes, KIND, VERSION);
  const { meanCount, ...options } = info as unknown as ImplicitAlsOptions & { meanCount: number };
  return new ImplicitAls(arrays['items'] as Float32Array, meanCount, options);
}

/** One step of every coordinate of `own`, the vectors of the matrix's rows; `other` are its columns'. */
function improve(own: Float64Array, other: Float64Array, matrix: SparseMatrix, options: ImplicitAlsOptions): void {
  const { factors, unseenWeight, regularisation } = options;
  const { rowCount, starts, columns } = matrix;
  const gram = scaledGram(other, factors, unseenWeight);
  const meanCount = columns.length / Math.max(1, rowCount);
  let longest = 0;
  for (let row = 0; row < rowCount; row++) longest = Math.max(longest, rowSize(matrix, row));
  const errors = new Float64Array(longest); // 1 − p·q, by entry of the row
  const seen = new Float64Array(longest * factors); // q of the row's columns, a factor at a time. [factors × entries]
  for (let row = 0; row < rowCount; row++) {
    const from = starts[row]!;
    const size = starts[row + 1]! - from;
    const p = row * factors;
    for (let e = 0; e < size; e++) {
      const q = columns[from + e]! * factors;
      let error = 1;
      for (let f = 0, at = e; f < factors; f++, at += size) {
        const x = other[q + f]!;
        seen[at] = x;
        error -= own[p + f]! * x;
      }
      errors[e] = error;
    }
    const ridge = regularisation * (size + meanCount);
    for (let f = 0; f < factors; f++) stepCoordinate(own, p, f, { gram, ridge, errors, seen, size, factors });
  }
}

interface RowSystem {
  readonly gram: Float64Array;
  readonly ridge: number;
  readonly errors: Float64Array;
  readonly seen: Float64Array;
  readonly size: number;
  readonly factors: number;
}

/** Moves coordinate `f` to where the loss of the row is least, and its errors with it. */
function stepCoordinate(own: Float64Array, p: number, f: number, system: RowSystem): void {
  const { gram, ridge, errors, seen, size, factors } = system;
  const from = f * size;
  const old = own[p + f]!;
  let squares = 0;
  let along = 0;
  for (let e = 0; e < size; e++) {
    const q = seen[from + e]!;
    along += errors[e]! * q;
    squares += q * q;
  }
  let pull = 0;
  for (let g = 0; g < factors; g++) pull += own[p + g]! * gram[f * factors + g]!;
  const change = (along - pull - ridge * old) / (squares + gram[f * factors + f]! + ridge);
  own[p + f] = old + change;
  for (let e = 0; e < size; e++) errors[e]! -= change * seen[from + e]!;
}

/** α₀ VᵀV. [factors × factors] */
function scaledGram(vectors: Float64Array, factors: number, scale: number): Float64Array {
  const gram = new Float64Array(factors * factors);
  for (let v = 0; v < vectors.length; v += factors)
    for (let f = 0; f < factors; f++) {
      const x = scale * vectors[v + f]!;
      if (x !== 0) for (let g = 0; g <= f; g++) gram[f * factors + g]! += x * vectors[v + g]!;
    }
  for (let f = 0; f < factors; f++) for (let g = 0; g < f; g++) gram[g * factors + f] = gram[f * factors + g]!;
  return gram;
}

class ImplicitAls implements Recommender {
  readonly itemCount: number;
  readonly #items: Float64Array; // [items × factors]
  readonly #meanCount: number; // ū
  readonly #options: ImplicitAlsOptions;
  readonly #gram: Float64Array; // [factors × factors]
  readonly #system: Float64Array; // [factors × factors]
  readonly #vector: Float64Array; // [factors]
  readonly #byFactor: RowMixer; // [factors × items]
  readonly #allFactors: Int32Array; // [factors]

  constructor(items: Float32Array, meanCount: number, options: ImplicitAlsOptions) {
    const { factors, unseenWeight } = options;
    this.itemCount = items.length / factors;
    this.#items = Float64Array.from(items);
    this.#meanCount = meanCount;
    this.#options = options;
    this.#gram = scaledGram(this.#items, factors, unseenWeight);
    this.#system = new Float64Array(factors * factors);
    this.#vector = new Float64Array(factors);
    this.#byFactor = new RowMixer(factors, this.itemCount);
    this.#allFactors = Int32Array.from({ length: factors }, (_, f) => f);
    for (let f = 0; f < factors; f++) {
      const row = this.#byFactor.row(f);
      for (let item = 0; item < this.itemCount; item++) row[item] = items[item * factors + f]!;
    }
  }

  score(history: Int32Array, scores: Float32Array): void {
    this.#foldIn(knownItems(history, this.itemCount));
    this.#byFactor.mix(this.#allFactors, Float32Array.from(this.#vector), scores);
  }

  #foldIn(history: Int32Array): void {
    const { factors, regularisation } = this.#options;
    const ridge = regularisation * (history.length + this.#meanCount);
    this.#system.set(this.#gram);
    this.#vector.fill(0);
    for (let f = 0; f < factors; f++) this.#system[f * factors + f]! += ridge;
    for (const item of history) {
      const q = item * factors;
      for (let f = 0; f < factors; f++) {
        const x = this.#items[q + f]!;
        this.#vector[f]! += x;
        for (let g = 0; g <= f; g++) this.#system[f * factors + g]! += x * this.#items[q + g]!;
      }
    }
    solveSymmetric(this.#system, this.#vector, factors);
  }

  pack(): Uint8Array {
    return packModel({
      kind: KIND,
      version: VERSION,
      info: { ...this.#options, meanCount: this.#meanCount },
      arrays: { items: Float32Array.from(this.#items) },
    });
  }
}
