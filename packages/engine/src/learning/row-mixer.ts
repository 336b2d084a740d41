/** Weighted sums of a matrix's rows, which is how a linear recommender scores all items at once. */
import { type Kernels, kernelMemory, kernelsOver } from './simd-kernels.ts';

const STEP = 16;

export class RowMixer {
  readonly rowCount: number;
  readonly columnCount: number;
  readonly #stride: number;
  readonly #kernels: Kernels;
  readonly #matrix: Float32Array; // [rows × stride]
  readonly #list: Int32Array; // [rows]
  readonly #weights: Float32Array; // [rows]
  readonly #out: Float32Array; // [stride]

  /** Zeros, to be set row by row. */
  constructor(rowCount: number, columnCount: number) {
    this.rowCount = rowCount;
    this.columnCount = columnCount;
    this.#stride = Math.max(STEP, Math.ceil(columnCount / STEP) * STEP);
    const room = Math.ceil(rowCount / 4) * 4;
    const cells = rowCount * this.#stride;
    const memory = kernelMemory(4 * (cells + 2 * room + this.#stride));
    this.#kernels = kernelsOver(memory);
    this.#matrix = new Float32Array(memory.buffer, 0, cells);
    this.#list = new Int32Array(memory.buffer, 4 * cells, rowCount);
    this.#weights = new Float32Array(memory.buffer, 4 * (cells + room), rowCount);
    this.#out = new Float32Array(memory.buffer, 4 * (cells + 2 * room), this.#stride);
  }

  row(row: number): Float32Array {
    return this.#matrix.subarray(row * this.#stride, row * this.#stride + this.columnCount);
  }

  /** Sets `out` to Σ weights[i] · row(rows[i]), each row at most once. Without `weights` all are 1. [columnCount] */
  mix(rows: Int32Array, weights: Float32Array | undefined, out: Float32Array): void {
    if (rows.length === 0) {
      out.fill(0);
      return;
    }
    this.#list.set(rows);
    if (weights === undefined) this.#weights.fill(1, 0, rows.length);
    else this.#weights.set(weights);
    const { byteOffset } = this.#matrix;
    const stride = 4 * this.#stride;
    const [list, given, y] = [this.#list.byteOffset, this.#weights.byteOffset, this.#out.byteOffset];
    this.#kernels.mix(byteOffset, stride, list, given, rows.length, y, this.#stride);
    out.set(this.#out.subarray(0, this.columnCount));
  }
}
