/**
 * A split of interactions for choosing: of a sample of buyers, a share of each one's items is held out at random. Every buyer
 * keeps at least one.
 */
import { Rng } from '../base/rng.ts';
import { rowSize, type SparseMatrix } from '../learning/sparse-matrix.ts';

export interface HoldOutOptions {
  readonly share: number;
  /** Of the others nothing is held out. */
  readonly buyersMax: number;
  readonly seed: number;
  /** More buyers than these are left out altogether: of a sample it can be told what to choose. All where absent. */
  readonly rowsMax?: number;
}

export interface HoldOut {
  /** What is left to fit on. */
  readonly kept: SparseMatrix;
  /** Who has held-out items. */
  readonly buyers: Int32Array;
  /** All rows of `kept`; empty but for `buyers`. */
  readonly heldOut: SparseMatrix;
}

export function holdOut(whole: SparseMatrix, { share, buyersMax, seed, rowsMax }: HoldOutOptions): HoldOut {
  const rng = new Rng(seed);
  const matrix = rowsMax === undefined ? whole : takeRows(whole, sampleOf(whole.rowCount, rowsMax, rng));
  const { rowCount, starts, columns } = matrix;
  const chosen = sampleOf(rowCount, buyersMax, rng);
  const parts = [new Rows(rowCount, columns.length), new Rows(rowCount, columns.length)] as const;
  const buyers: number[] = [];
  for (let row = 0; row < rowCount; row++) {
    const size = rowSize(matrix, row);
    let want = chosen[row] === 1 ? Math.min(Math.floor(size * share + rng.unit()), size - 1) : 0;
    if (want > 0) buyers.push(row);
    for (let e = starts[row]!, left = size; left > 0; e++, left--) {
      // Selection sampling: each of the rest is as likely as the others.
      const out = want > 0 && rng.below(left) < want ? 1 : 0;
      want -= out;
      parts[out]!.add(columns[e]!);
    }
    for (const part of parts) part.next();
  }
  const [kept, heldOut] = parts.map((part) => part.matrix(matrix.columnCount));
  return { kept: kept!, heldOut: heldOut!, buyers: Int32Array.from(buyers) };
}

/** A matrix written row by row, with columns in order. */
class Rows {
  readonly #starts: Int32Array; // [rows + 1]
  readonly #columns: Int32Array; // [entries at most]
  #row = 0;
  #size = 0;

  constructor(rowCount: number, entriesMax: number) {
    this.#starts = new Int32Array(rowCount + 1);
    this.#columns = new Int32Array(entriesMax);
  }

  add(column: number): void {
    this.#columns[this.#size++] = column;
  }

  next(): void {
    this.#starts[++this.#row] = this.#size;
  }

  matrix(columnCount: number): SparseMatrix {
    return { rowCount: this.#row, columnCount, starts: this.#starts, columns: this.#columns.slice(0, this.#size) };
  }
}

/** `wanted`: 1 = taken. [rows] */
function takeRows(matrix: SparseMatrix, wanted: Uint8Array): SparseMatrix {
  const { rowCount, columnCount, starts, columns } = matrix;
  const rows = new Rows(
    wanted.reduce((sum, one) => sum + one, 0),
    columns.length,
  );
  for (let row = 0; row < rowCount; row++) {
    if (wanted[row] !== 1) continue;
    for (let e = starts[row]!; e < starts[row + 1]!; e++) rows.add(columns[e]!);
    rows.next();
  }
  return rows.matrix(columnCount);
}

/** 1 = of the sample. [rows] */
function sampleOf(rowCount: number, size: number, rng: Rng): Uint8Array {
  const chosen = new Uint8Array(rowCount);
  if (size >= rowCount) return chosen.fill(1);
  let want = size;
  for (let row = 0; row < rowCount; row++) {
    if (rng.below(rowCount - row) >= want) continue;
    chosen[row] = 1;
    want--;
  }
  return chosen;
}
