/**
 * A split of interactions for choosing: of a sample of buyers, a share of each one's items is held out at random. Every buyer
 * keeps at least one.
 */
import { Rng } from '../base/rng.ts';
import { rowSize, type SparseMatrix, sparseMatrix } from '../learning/sparse-matrix.ts';

export interface HoldOutOptions {
  readonly share: number;
  /** Of the others nothing is held out. */
  readonly buyersMax: number;
  readonly seed: number;
}

export interface HoldOut {
  /** What is left to fit on. */
  readonly kept: SparseMatrix;
  /** Who has held-out items. */
  readonly buyers: Int32Array;
  /** All rows; empty but for `buyers`. */
  readonly heldOut: SparseMatrix;
}

export function holdOut(matrix: SparseMatrix, { share, buyersMax, seed }: HoldOutOptions): HoldOut {
  const { rowCount, columnCount, starts, columns } = matrix;
  const rng = new Rng(seed);
  const chosen = sampleOf(rowCount, buyersMax, rng);
  const rows: [number[], number[]] = [[], []];
  const items: [number[], number[]] = [[], []];
  const buyers: number[] = [];
  for (let row = 0; row < rowCount; row++) {
    const size = rowSize(matrix, row);
    let want = chosen[row] === 1 ? Math.min(Math.floor(size * share + rng.unit()), size - 1) : 0;
    if (want > 0) buyers.push(row);
    for (let e = starts[row]!, left = size; left > 0; e++, left--) {
      // Selection sampling: each of the rest is as likely as the others.
      const out = want > 0 && rng.below(left) < want ? 1 : 0;
      want -= out;
      rows[out]!.push(row);
      items[out]!.push(columns[e]!);
    }
  }
  return {
    kept: sparseMatrix(rowCount, columnCount, rows[0], items[0]),
    heldOut: sparseMatrix(rowCount, columnCount, rows[1], items[1]),
    buyers: Int32Array.from(buyers),
  };
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
