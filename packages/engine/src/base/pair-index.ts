/**
 * An open-addressing hash index from a pair of non-negative integers to a row number: linear probing over typed arrays,
 * at most half full. Rows are the caller's; the index only finds them.
 */
import { hashPair } from './hash.ts';
import type { SnapshotReader, SnapshotWriter } from './snapshot.ts';

export class PairIndex {
  #keys = new Int32Array(2 * 64).fill(-1); // [slots × 2]
  #rows = new Int32Array(64); // [slots]
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The row of the pair, or -1. */
  find(a: number, b: number): number {
    const mask = this.#rows.length - 1;
    const keys = this.#keys;
    for (let slot = hashPair(a, b) & mask; keys[2 * slot] !== -1; slot = (slot + 1) & mask) {
      if (keys[2 * slot] === a && keys[2 * slot + 1] === b) return this.#rows[slot]!;
    }
    return -1;
  }

  /** Adds a pair that `find` does not know. */
  add(a: number, b: number, row: number): void {
    if (2 * (this.#size + 1) > this.#rows.length) this.#grow();
    this.#place(a, b, row);
    this.#size++;
  }

  #place(a: number, b: number, row: number): void {
    const mask = this.#rows.length - 1;
    let slot = hashPair(a, b) & mask;
    while (this.#keys[2 * slot] !== -1) slot = (slot + 1) & mask;
    this.#keys[2 * slot] = a;
    this.#keys[2 * slot + 1] = b;
    this.#rows[slot] = row;
  }

  #grow(): void {
    const keys = this.#keys;
    const rows = this.#rows;
    this.#keys = new Int32Array(keys.length * 2).fill(-1);
    this.#rows = new Int32Array(rows.length * 2);
    for (let slot = 0; slot < rows.length; slot++) {
      if (keys[2 * slot] !== -1) this.#place(keys[2 * slot]!, keys[2 * slot + 1]!, rows[slot]!);
    }
  }

  save(out: SnapshotWriter, name: string): void {
    out.json(`${name}.size`, this.#size);
    out.array(`${name}.keys`, this.#keys);
    out.array(`${name}.rows`, this.#rows);
  }

  load(from: SnapshotReader, name: string): void {
    this.#size = from.json<number>(`${name}.size`);
    this.#keys = from.array(`${name}.keys`, Int32Array) as Int32Array<ArrayBuffer>;
    this.#rows = from.array(`${name}.rows`, Int32Array) as Int32Array<ArrayBuffer>;
  }
}
