/**
 * A sample of rows by chance while their number is not yet known: all are taken until there are too many, then half of what there
 * is goes, and of what comes every second row is taken; then every fourth, and so on. Whether a row stays is told by a hash of its
 * number, so that each is as likely as the others, and a file has the same sample every time.
 */
import { int32Column } from '../base/column.ts';
import { hashPair } from '../base/hash.ts';

export class RowSample {
  /** Rows that were asked for, taken or not. */
  seen = 0;
  readonly #hashes = int32Column(); // of those taken
  #mask = 0;

  /** Whether to take the next row. */
  next(): boolean {
    const hash = hashPair(this.seen++, 0x5eed) | 0;
    if ((hash & this.#mask) !== 0) return false;
    this.#hashes.push(hash);
    return true;
  }

  /** The places, among the rows taken, of the half that stays. */
  halve(): Int32Array {
    this.#mask = 2 * this.#mask + 1;
    const hashes = this.#hashes.view();
    const kept = int32Column();
    hashes.forEach((hash, row) => {
      if ((hash & this.#mask) === 0) kept.push(row);
    });
    const rows = kept.take();
    rows.forEach((row, i) => {
      hashes[i] = hashes[row]!;
    });
    this.#hashes.length = rows.length;
    return rows;
  }
}
