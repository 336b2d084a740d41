/** Rows dealt into folds by chance, for cross-validation and out-of-fold predictions. */
import { Rng } from '../base/rng.ts';

export interface Fold {
  readonly train: Int32Array;
  readonly test: Int32Array;
}

/** Which fold each row is in; folds differ by one row at most. [rows] */
export function dealFolds(rows: number, folds: number, seed: number): Uint8Array {
  const dealt = new Uint8Array(rows);
  shuffledRows(rows, new Rng(seed)).forEach((row, i) => {
    dealt[row] = i % folds;
  });
  return dealt;
}

/** The same with as many positives in each fold, to one. [rows] */
export function dealStratified(labels: Uint8Array, folds: number, seed: number): Uint8Array {
  const dealt = new Uint8Array(labels.length);
  const order = shuffledRows(labels.length, new Rng(seed));
  let at = 0;
  for (const label of [1, 0]) for (const row of order) if (labels[row] === label) dealt[row] = at++ % folds;
  return dealt;
}

export function foldOf(dealt: Uint8Array, fold: number): Fold {
  let tests = 0;
  for (const one of dealt) if (one === fold) tests++;
  const rows = { train: new Int32Array(dealt.length - tests), test: new Int32Array(tests) };
  let train = 0;
  let test = 0;
  dealt.forEach((one, row) => {
    if (one === fold) rows.test[test++] = row;
    else rows.train[train++] = row;
  });
  return rows;
}

/** The rows in an order by chance. [rows] */
export function shuffledRows(rows: number, rng: Rng): Int32Array {
  const order = Int32Array.from({ length: rows }, (_, row) => row);
  for (let i = rows - 1; i > 0; i--) {
    const j = rng.below(i + 1);
    const swap = order[i]!;
    order[i] = order[j]!;
    order[j] = swap;
  }
  return order;
}
