/**
 * An open-addressing hash index from a pair of non-negative integers to a row number: linear probing over one typed array, at
 * most half full, the pair and its row side by side so that finding costs one read of memory. Rows are the caller's; the index
 * only finds them.
 */
import { assert } from './assert.ts';
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

  /** Takes out a pair that `find` knows. Whatever would not be found beyond the gap moves into it, as in `HashSlots`. */
  remove(a: number, b: number): void {
    const cells = this.#cells;
    const mask = cells.length / CELLS - 1;
    let gap = hashPair(a, b) & mask;
    while (cells[CELLS * gap] !== a || cells[CELLS * gap + 1] !== b) {
      assert(cells[CELLS * gap] !== -1, 'the index does not have the pair', `${a} ${b}`);
      gap = (gap + 1) & mask;
    }
    for (let next = (gap + 1) & mask; cells[CELLS * next] !== -1; next = (next + 1) & mask) {
      const home = hashPair(cells[CELLS * next]!, cells[CELLS * next + 1]!) & mask;
      if (((next - home) & mask) < ((next - gap) & mask)) continue;
      cells.copyWithin(CELLS * gap, CELLS * next, CELLS * next + CELLS);
      gap = next;
    }
    cells.fill(-1, CELLS * gap, CELLS * gap + CELLS);
    this.#size--;
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
