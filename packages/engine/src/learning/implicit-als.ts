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
import { type FactorKernels, factorKernels } from './factor-kernels.ts';
import { packModel, unpackModel } from './model-file.ts';
import { knownItems, type Recommender } from './recommender.ts';
import { RowMixer } from './row-mixer.ts';
import { rowSize, type SparseMatrix, transposed } from './sparse-matrix.ts';
import { sharedMemory } from './wasm-assembler.ts';

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
  const byItem = transposed(matrix);
  const descent = new Descent(matrix, byItem, options);
  for (const side of [descent.users, descent.items])
    for (let v = 0; v < side.matrix.rowCount; v++)
      for (let f = 0; f < factors; f++) side.vectors[v * descent.width + f] = (0.1 * rng.normal()) / Math.sqrt(factors);
  for (let sweep = 0; sweep < sweeps; sweep++) {
    descent.improve(descent.users, descent.items);
    descent.improve(descent.items, descent.users);
  }
  return new ImplicitAls(descent.plainItems(), matrix.columns.length / Math.max(1, matrix.rowCount), options);
}

export function loadImplicitAls(bytes: Uint8Array): Recommender {
  const { info, arrays } = unpackModel(bytes, KIND, VERSION);
  const { meanCount, ...options } = info as unknown as ImplicitAlsOptions & { meanCount: number };
  return new ImplicitAls(arrays['items'] as Float32Array, meanCount, options);
}

/** The vectors of one side of the matrix, which is turned so that they are its rows'. */
interface Side {
  readonly matrix: SparseMatrix;
  readonly address: number;
  readonly vectors: Float32Array; // [rows × width]
}

/** Numbers of a vector in the kernels' memory, zeros behind its factors. */
const widthOf = (factors: number): number => 8 * Math.ceil(factors / 8);

/** Vectors whose squares are added up in single precision before double takes over. */
const GRAM_CHUNK = 512;

/** Both sides' vectors in one memory, and the steps on them. */
class Descent {
  readonly width: number;
  readonly users: Side;
  readonly items: Side;
  readonly #options: ImplicitAlsOptions;
  readonly #kernels: FactorKernels;
  readonly #zeros: number; // the address of a vector
  readonly #list: Int32Array; // [longest row, in whole fours]
  readonly #gram: Float32Array; // [width × width]
  readonly #seen: number;
  readonly #errors: number;

  constructor(matrix: SparseMatrix, byItem: SparseMatrix, options: ImplicitAlsOptions) {
    const width = widthOf(options.factors);
    const vectors = width * (matrix.rowCount + byItem.rowCount);
    const longest = Math.max(GRAM_CHUNK, 4 + longestRow(matrix), 4 + longestRow(byItem));
    const entries = 4 * Math.ceil(longest / 4);
    const memory = sharedMemory(4 * (vectors + width + width * width + entries * (width + 2)));
    this.width = width;
    this.#options = options;
    this.#kernels = factorKernels(memory);
    const side = (rows: SparseMatrix, from: number): Side => ({
      matrix: rows,
      address: 4 * from,
      vectors: new Float32Array(memory.buffer, 4 * from, width * rows.rowCount),
    });
    this.users = side(matrix, 0);
    this.items = side(byItem, width * matrix.rowCount);
    this.#zeros = 4 * vectors;
    this.#gram = new Float32Array(memory.buffer, this.#zeros + 4 * width, width * width);
    this.#list = new Int32Array(memory.buffer, this.#gram.byteOffset + this.#gram.byteLength, entries);
    this.#errors = this.#list.byteOffset + 4 * entries;
    this.#seen = this.#errors + 4 * entries;
  }

  /** One step of every coordinate of `own`. */
  improve(own: Side, other: Side): void {
    const { regularisation, factors } = this.#options;
    const { rowCount, starts, columns } = own.matrix;
    const bytes = 4 * this.width;
    this.#fillGram(other);
    const meanCount = columns.length / Math.max(1, rowCount);
    const list = this.#list;
    const from = list.byteOffset;
    for (let row = 0; row < rowCount; row++) {
      const size = starts[row + 1]! - starts[row]!;
      const whole = Math.max(4, (size + 3) & ~3);
      for (let e = 0; e < size; e++) list[e] = other.address + columns[starts[row]! + e]! * bytes;
      list.fill(this.#zeros, size, whole);
      this.#kernels.improve(
        ...([own.address + row * bytes, from, from + 4 * whole, this.#gram.byteOffset] as const),
        ...([this.#seen, this.#errors, bytes, 4 * factors, regularisation * (size + meanCount)] as const),
      );
    }
  }

  /** α₀ VᵀV. */
  #fillGram({ address, matrix }: Side): void {
    const { width } = this;
    const { unseenWeight } = this.#options;
    const sums = new Float64Array(width * width);
    const list = this.#list;
    const bytes = 4 * width;
    for (let from = 0; from < matrix.rowCount; from += GRAM_CHUNK) {
      const size = Math.min(GRAM_CHUNK, matrix.rowCount - from);
      for (let v = 0; v < size; v++) list[v] = address + (from + v) * bytes;
      this.#gram.fill(0);
      this.#kernels.addSquares(
        ...([this.#gram.byteOffset, bytes, list.byteOffset, list.byteOffset + 4 * size, bytes, bytes] as const),
      );
      for (let f = 0; f < width; f++)
        for (let g = f; g < width; g++) sums[f * width + g]! += this.#gram[f * width + g]!;
    }
    for (let f = 0; f < width; f++)
      for (let g = f; g < width; g++) {
        const value = unseenWeight * sums[f * width + g]!;
        this.#gram[f * width + g] = value;
        this.#gram[g * width + f] = value;
      }
  }

  /** Without what pads them. [items × factors] */
  plainItems(): Float32Array {
    const { factors } = this.#options;
    const { vectors, matrix } = this.items;
    const plain = new Float32Array(matrix.rowCount * factors);
    for (let item = 0; item < matrix.rowCount; item++)
      plain.set(vectors.subarray(item * this.width, item * this.width + factors), item * factors);
    return plain;
  }
}

function longestRow(matrix: SparseMatrix): number {
  let longest = 0;
  for (let row = 0; row < matrix.rowCount; row++) longest = Math.max(longest, rowSize(matrix, row));
  return longest;
}

/** Of the diagonal without the history: a pivot that rounding has brought below is taken as this. */
const PIVOT_MIN = 1e-4;

/** The vectors of buyers: p = (α₀ QᵀQ + λ (|u| + ū) I + Σ q qᵀ)⁻¹ Σ q over the history. */
class FoldIn {
  readonly vector: Float32Array; // [width]
  readonly #width: number;
  readonly #row: number; // numbers of a vector with the one that makes the right side, and of a row of the system
  readonly #kernels: FactorKernels;
  readonly #gram: Float32Array; // [width × row]
  readonly #system: Float32Array; // [width × row]
  readonly #floors: Float32Array; // [width]
  readonly #list: Int32Array; // [items]

  constructor(items: Float32Array, { factors, unseenWeight }: ImplicitAlsOptions) {
    const itemCount = items.length / factors;
    const width = widthOf(factors);
    const row = width + 8;
    const memory = sharedMemory(4 * (itemCount * row + width * row + 2 * width + itemCount));
    const vectors = new Float32Array(memory.buffer, 0, itemCount * row);
    this.#width = width;
    this.#row = row;
    this.#kernels = factorKernels(memory);
    this.#system = new Float32Array(memory.buffer, vectors.byteLength, width * row);
    this.#floors = new Float32Array(memory.buffer, this.#system.byteOffset + this.#system.byteLength, width);
    this.vector = new Float32Array(memory.buffer, this.#floors.byteOffset + 4 * width, width);
    this.#list = new Int32Array(memory.buffer, this.vector.byteOffset + 4 * width, itemCount);
    this.#gram = new Float32Array(width * row);
    const sums = new Float64Array(width * row);
    for (let from = 0; from < itemCount; from += GRAM_CHUNK) {
      const to = Math.min(itemCount, from + GRAM_CHUNK);
      for (let item = from; item < to; item++) {
        this.#list[item - from] = 4 * item * row;
        vectors.set(items.subarray(item * factors, (item + 1) * factors), item * row);
      }
      this.#system.fill(0);
      this.#add(to - from, width);
      for (let i = 0; i < sums.length; i++) sums[i]! += this.#system[i]!;
    }
    for (let i = 0; i < sums.length; i++) this.#gram[i] = unseenWeight * sums[i]!;
    for (let f = factors; f < width; f++) this.#gram[f * row + f] = 1;
    for (let item = 0; item < itemCount; item++) vectors[item * row + width] = 1;
  }

  /** Sets `vector`; all of `history` are known. */
  solve(history: Int32Array, ridge: number): void {
    const [width, row, system] = [this.#width, this.#row, this.#system];
    system.set(this.#gram);
    for (let f = 0; f < width; f++) {
      system[f * row + f]! += ridge;
      this.#floors[f] = PIVOT_MIN * system[f * row + f]!;
    }
    for (let h = 0; h < history.length; h++) this.#list[h] = 4 * history[h]! * row;
    if (history.length > 0) this.#add(history.length, row);
    this.vector.fill(0);
    const { byteOffset } = system;
    this.#kernels.solve(byteOffset, 4 * row, 4 * width, this.#floors.byteOffset, this.vector.byteOffset);
  }

  /** Squares of the listed vectors, to the system. */
  #add(size: number, columns: number): void {
    const { byteOffset } = this.#list;
    const [width, row, system] = [4 * this.#width, 4 * this.#row, this.#system.byteOffset];
    this.#kernels.addSquares(system, row, byteOffset, byteOffset + 4 * size, width, 4 * columns);
  }
}

class ImplicitAls implements Recommender {
  readonly itemCount: number;
  readonly #items: Float32Array; // [items × factors]
  readonly #meanCount: number; // ū
  readonly #options: ImplicitAlsOptions;
  readonly #foldIn: FoldIn;
  readonly #byFactor: RowMixer; // [factors × items]
  readonly #allFactors: Int32Array; // [factors]

  constructor(items: Float32Array, meanCount: number, options: ImplicitAlsOptions) {
    const { factors } = options;
    this.itemCount = items.length / factors;
    this.#items = items;
    this.#meanCount = meanCount;
    this.#options = options;
    this.#foldIn = new FoldIn(items, options);
    this.#byFactor = new RowMixer(factors, this.itemCount);
    this.#allFactors = Int32Array.from({ length: factors }, (_, f) => f);
    for (let f = 0; f < factors; f++) {
      const row = this.#byFactor.row(f);
      for (let item = 0; item < this.itemCount; item++) row[item] = items[item * factors + f]!;
    }
  }

  score(history: Int32Array, scores: Float32Array): void {
    const { regularisation, factors } = this.#options;
    const known = knownItems(history, this.itemCount);
    this.#foldIn.solve(known, regularisation * (known.length + this.#meanCount));
    this.#byFactor.mix(this.#allFactors, this.#foldIn.vector.subarray(0, factors), scores);
  }

  pack(): Uint8Array {
    return packModel({
      kind: KIND,
      version: VERSION,
      info: { ...this.#options, meanCount: this.#meanCount },
      arrays: { items: this.#items },
    });
  }
}
