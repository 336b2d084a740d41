/**
 * Rows found by their texts: an open-addressing table with linear probing, at most half full, that holds a text's hash beside its
 * row; removing closes the gap that it leaves. The texts themselves are their owner's.
 *
 * Hashes are no secret, so somebody may send texts that all fall on one place: what finds no free slot within `PROBES_MAX` of its
 * own goes into a map instead, and nothing becomes slow.
 */
import { hash32 } from './hash.ts';
import type { Part, SnapshotReader, SnapshotWriter } from './snapshot.ts';

const SLOTS_MIN = 64;
const PROBES_MAX = 32;

/** Whose texts are found. */
export interface TextRows {
  text(row: number): string;
  /** Whether the row's text is this one. */
  holds(row: number, text: string): boolean;
}

export class HashSlots implements Part {
  readonly #section: string;
  readonly #rows: TextRows;
  /** Hash and 1 + row; 0 in a free slot. [slots × 2] */
  #cells = new Int32Array(2 * SLOTS_MIN);
  readonly #crowded = new Map<string, number>();

  /** `section` names the snapshot sections. */
  constructor(section: string, rows: TextRows) {
    this.#section = section;
    this.#rows = rows;
  }

  /** The row of `text`, or -1. */
  find(text: string, hash: number): number {
    const cells = this.#cells;
    const mask = cells.length / 2 - 1;
    for (let probe = 0, slot = hash & mask; probe < PROBES_MAX; probe++, slot = (slot + 1) & mask) {
      const row = cells[2 * slot + 1]! - 1;
      if (row < 0) break;
      if (cells[2 * slot] === hash && this.#rows.holds(row, text)) return row;
    }
    // Also behind a free slot: what stood there may have been removed since.
    return this.#crowded.size === 0 ? -1 : (this.#crowded.get(text) ?? -1);
  }

  /** Room for as many rows. */
  reserve(rows: number): void {
    if (4 * rows > this.#cells.length) this.#grow();
  }

  /** `text` is not there, and there is room for it. */
  add(text: string, hash: number, row: number): void {
    if (!this.#put(hash, row)) this.#crowded.set(text, row);
  }

  remove(row: number): void {
    const text = this.#rows.text(row);
    const slot = this.#slotOf(row, hashOf(text));
    if (slot < 0) this.#crowded.delete(text);
    else this.#vacate(slot);
  }

  #slotOf(row: number, hash: number): number {
    const cells = this.#cells;
    const mask = cells.length / 2 - 1;
    for (let probe = 0, slot = hash & mask; probe < PROBES_MAX; probe++, slot = (slot + 1) & mask)
      if (cells[2 * slot + 1] === row + 1) return slot;
    return -1;
  }

  /** Whatever would not be found beyond the gap moves into it (Knuth, The Art of Computer Programming 6.4, algorithm R). */
  #vacate(slot: number): void {
    const cells = this.#cells;
    const mask = cells.length / 2 - 1;
    let gap = slot;
    for (let next = (gap + 1) & mask; cells[2 * next + 1] !== 0; next = (next + 1) & mask) {
      const home = cells[2 * next]! & mask;
      if (((next - home) & mask) < ((next - gap) & mask)) continue;
      cells[2 * gap] = cells[2 * next]!;
      cells[2 * gap + 1] = cells[2 * next + 1]!;
      gap = next;
    }
    cells[2 * gap] = 0;
    cells[2 * gap + 1] = 0;
  }

  /** Whether there was a free slot near the hash's own. */
  #put(hash: number, row: number): boolean {
    const cells = this.#cells;
    const mask = cells.length / 2 - 1;
    for (let probe = 0, slot = hash & mask; probe < PROBES_MAX; probe++, slot = (slot + 1) & mask) {
      if (cells[2 * slot + 1] !== 0) continue;
      cells[2 * slot] = hash;
      cells[2 * slot + 1] = row + 1;
      return true;
    }
    return false;
  }

  #grow(): void {
    const before = this.#cells;
    const crowded = [...this.#crowded];
    this.#cells = new Int32Array(2 * before.length);
    this.#crowded.clear();
    for (let at = 0; at < before.length; at += 2) {
      const row = before[at + 1]! - 1;
      if (row >= 0 && !this.#put(before[at]!, row)) this.#crowded.set(this.#rows.text(row), row);
    }
    for (const [text, row] of crowded) this.add(text, hashOf(text), row);
  }

  save(out: SnapshotWriter): void {
    out.array(`${this.#section}.cells`, this.#cells);
    out.json(`${this.#section}.crowded`, [...this.#crowded.values()]);
  }

  /** After the texts. */
  load(from: SnapshotReader): void {
    this.#cells = from.array(`${this.#section}.cells`, Int32Array) as Int32Array<ArrayBuffer>;
    this.#crowded.clear();
    for (const row of from.json<number[]>(`${this.#section}.crowded`)) this.#crowded.set(this.#rows.text(row), row);
  }
}

/** Of a text that is to be found among slots. */
export const hashOf = (text: string): number => hash32(text) | 0;
