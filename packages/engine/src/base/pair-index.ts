/**
 * An open-addressing hash index from a pair of non-negative integers to a row number: linear probing over one typed array, at
 * most half full, the pair and its row side by side so that finding costs one read of memory. Rows are the caller's; the index
 * only finds them.
 */
import { hashPair } from './hash.ts';
import type { SnapshotReader, SnapshotWriter } from './snapshot.ts';

/** Cells of a slot: a, b, row, and one that keeps slots from straddling more cache lines than they must. */
const CELLS = 4;
const SLOTS_MIN = 64;

export class PairIndex {
  /** a is -1 in a free slot. [slots × CELLS] */
  #cells = new Int32Array(CELLS * SLOTS_MIN).fill(-1);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The row of the pair, or -1. */
  find(a: number, b: number): number {
    const cells = this.#cells;
    const mask = cells.length / CELLS - 1;
    for (let slot = hashPair(a, b) & mask; cells[CELLS * slot] !== -1; slot = (slot + 1) & mask) {
      const at = CELLS * slot;
      if (cells[at] === a && cells[at + 1] === b) return cells[at + 2]!;
    }
    return -1;
  }

  /** Adds a pair that `find` does not know. */
  add(a: number, b: number, row: number): void {
    if (2 * (this.#size + 1) > this.#cells.length / CELLS) this.#grow();
    this.#place(a, b, row);
    this.#size++;
  }

  #place(a: number, b: number, row: number): void {
    const cells = this.#cells;
    const mask = cells.length / CELLS - 1;
    let slot = hashPair(a, b) & mask;
    while (cells[CELLS * slot] !== -1) slot = (slot + 1) & mask;
    cells[CELLS * slot] = a;
    cells[CELLS * slot + 1] = b;
    cells[CELLS * slot + 2] = row;
  }

  #grow(): void {
    const old = this.#cells;
    this.#cells = new Int32Array(old.length * 2).fill(-1);
    for (let at = 0; at < old.length; at += CELLS)
      if (old[at] !== -1) this.#place(old[at]!, old[at + 1]!, old[at + 2]!);
  }

  save(out: SnapshotWriter, name: string): void {
    out.json(`${name}.size`, this.#size);
    out.array(`${name}.cells`, this.#cells);
  }

  load(from: SnapshotReader, name: string): void {
    this.#size = from.json<number>(`${name}.size`);
    this.#cells = from.array(`${name}.cells`, Int32Array) as Int32Array<ArrayBuffer>;
  }
}
