/**
 * How often two items share a buyer, with weights by buyer: one item's row at a time over all items, so that memory is one
 * row however many items there are.
 *
 *     c_ij = Σ_u w_u x_ui x_uj
 *
 * Long histories cost their square and say little of each pair: of more than `HISTORY_MAX` items only a spread sample counts.
 */
import { rowSize, type SparseMatrix, transposed } from './sparse-matrix.ts';

const HISTORY_MAX = 1000;

export class CoOccurrence {
  readonly matrix: SparseMatrix;
  readonly byItem: SparseMatrix;
  readonly weights: Float32Array; // [rows]
  /** Of the last row asked for: counts by item, zero but at `touched`. [items] */
  readonly counts: Float64Array;
  readonly #touched: Int32Array; // [items]
  #touchedCount = 0;

  constructor(matrix: SparseMatrix, weights: Float32Array) {
    this.matrix = trimmed(matrix);
    this.byItem = transposed(this.matrix);
    this.weights = weights;
    this.counts = new Float64Array(matrix.columnCount);
    this.#touched = new Int32Array(matrix.columnCount);
  }

  /** Fills `counts` with row `item`, the diagonal included, and gives the items that it is not zero at, in no order. */
  row(item: number): Int32Array {
    const { counts } = this;
    for (let t = 0; t < this.#touchedCount; t++) counts[this.#touched[t]!] = 0;
    let touched = 0;
    const { starts, columns } = this.matrix;
    for (let e = this.byItem.starts[item]!; e < this.byItem.starts[item + 1]!; e++) {
      const row = this.byItem.columns[e]!;
      const weight = this.weights[row]!;
      for (let c = starts[row]!; c < starts[row + 1]!; c++) {
        const other = columns[c]!;
        if (counts[other] === 0) this.#touched[touched++] = other;
        counts[other]! += weight;
      }
    }
    this.#touchedCount = touched;
    return this.#touched.subarray(0, touched);
  }
}

/** 1 / |row|^exponent. [rows] */
export function rowWeights(matrix: SparseMatrix, exponent: number): Float32Array {
  return Float32Array.from({ length: matrix.rowCount }, (_, row) => Math.max(1, rowSize(matrix, row)) ** -exponent);
}

function trimmed(matrix: SparseMatrix): SparseMatrix {
  const { rowCount, starts, columns } = matrix;
  let longest = 0;
  for (let row = 0; row < rowCount; row++) longest = Math.max(longest, rowSize(matrix, row));
  if (longest <= HISTORY_MAX) return matrix;
  const kept = new Int32Array(rowCount + 1);
  const out = new Int32Array(columns.length);
  let size = 0;
  for (let row = 0; row < rowCount; row++) {
    const length = rowSize(matrix, row);
    const take = Math.min(length, HISTORY_MAX);
    for (let i = 0; i < take; i++) out[size++] = columns[starts[row]! + Math.floor((i * length) / take)]!;
    kept[row + 1] = size;
  }
  return { ...matrix, starts: kept, columns: out.slice(0, size) };
}
