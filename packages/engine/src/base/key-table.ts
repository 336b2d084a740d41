/**
 * Strings as row numbers that are given out again: for tables of what comes and goes, such as buyers. An `Interner` keeps its strings
 * for ever; here the memory of a removed one is used for the next. Characters lie packed in a list of integers each, and an
 * open-addressing table with linear probing, at most half full, holds the hash beside the row; removing closes the gap that it leaves.
 *
 * A row is removed in two steps: `remove`, upon which nobody finds it, and `release`, once whatever else was kept of it is gone.
 *
 * Hashes are no secret, so somebody may send ids that all fall on one place: what finds no free slot within `PROBES_MAX` of its
 * own goes into a map instead, and nothing becomes slow.
 */
import { int32Column } from './column.ts';
import { hash32 } from './hash.ts';
import { IntLists } from './int-lists.ts';
import type { Part, SnapshotReader, SnapshotWriter } from './snapshot.ts';

const SLOTS_MIN = 64;
const PROBES_MAX = 32;
/** A string with a character above this takes two bytes for each. */
const NARROW_MAX = 0xff;

export class KeyTable implements Part {
  readonly #section: string;
  /** As `pack` makes them; empty where the row is nobody's. [rows] */
  readonly #packed = new IntLists();
  /** Hash and 1 + row; 0 in a free slot. [slots × 2] */
  #cells = new Int32Array(2 * SLOTS_MIN);
  readonly #crowded = new Map<string, number>();
  /** Rows to be given out again, the next last. */
  readonly #free = int32Column();
  #size = 0;

  /** `section` names the snapshot sections. */
  constructor(section: string) {
    this.#section = section;
  }

  /** Strings that are there. */
  get size(): number {
    return this.#size;
  }

  /** Rows up to the highest that was given out. */
  get rows(): number {
    return this.#packed.rows;
  }

  /** The row of `text`, given out if new. */
  intern(text: string): number {
    const hash = hash32(text) | 0;
    const known = this.#find(text, hash);
    if (known >= 0) return known;
    if (4 * (this.#size + 1) > this.#cells.length) this.#grow();
    const row = this.#free.length > 0 ? this.#free.pop() : this.#packed.rows;
    this.#packed.reserve(row + 1);
    const cells = pack(text);
    this.#packed.set(row, packed, cells);
    if (!this.#put(hash, row)) this.#crowded.set(text, row);
    this.#size++;
    return row;
  }

  /** The row of `text`, or -1. */
  find(text: string): number {
    return this.#find(text, hash32(text) | 0);
  }

  #find(text: string, hash: number): number {
    const cells = this.#cells;
    const mask = cells.length / 2 - 1;
    for (let probe = 0, slot = hash & mask; probe < PROBES_MAX; probe++, slot = (slot + 1) & mask) {
      const row = cells[2 * slot + 1]! - 1;
      if (row < 0) break;
      if (cells[2 * slot] === hash && this.#holds(row, text)) return row;
    }
    // Also behind a free slot: what stood there may have been removed since.
    return this.#crowded.size === 0 ? -1 : (this.#crowded.get(text) ?? -1);
  }

  #holds(row: number, text: string): boolean {
    const { cells, starts } = this.#packed;
    const start = starts[row]!;
    const { length } = text;
    if (cells[start] !== 2 * length) return cells[start] === 2 * length + 1 && this.text(row) === text;
    for (let i = 0; i < length; i++)
      if (((cells[start + 1 + (i >> 2)]! >>> (8 * (i & 3))) & NARROW_MAX) !== text.charCodeAt(i)) return false;
    return true;
  }

  /** Whether the row is somebody's. */
  has(row: number): boolean {
    return this.#packed.lengths[row]! > 0;
  }

  text(row: number): string {
    return unpack(this.#packed.view(row));
  }

  /** Nobody finds the row any more; it is not given out again before `release`. */
  remove(row: number): void {
    const text = this.text(row);
    const slot = this.#slotOf(row, hash32(text) | 0);
    if (slot < 0) this.#crowded.delete(text);
    else this.#vacate(slot);
    // What is given back lies in the pool, and in checkpoints, until it is used again.
    this.#packed.view(row).fill(0);
    this.#packed.truncate(row, 0);
    this.#size--;
  }

  /** A removed row may be given out again. */
  release(row: number): void {
    this.#free.push(row);
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
      if (row >= 0 && !this.#put(before[at]!, row)) this.#crowded.set(this.text(row), row);
    }
    for (const [text, row] of crowded) if (!this.#put(hash32(text) | 0, row)) this.#crowded.set(text, row);
  }

  save(out: SnapshotWriter): void {
    this.#packed.save(out, `${this.#section}.packed`);
    out.array(`${this.#section}.cells`, this.#cells);
    out.json(`${this.#section}.crowded`, [...this.#crowded.values()]);
    this.#free.save(out, `${this.#section}.free`);
    out.json(`${this.#section}.size`, this.#size);
  }

  load(from: SnapshotReader): void {
    this.#packed.load(from, `${this.#section}.packed`);
    this.#cells = from.array(`${this.#section}.cells`, Int32Array) as Int32Array<ArrayBuffer>;
    this.#crowded.clear();
    for (const row of from.json<number[]>(`${this.#section}.crowded`)) this.#crowded.set(this.text(row), row);
    this.#free.load(from, `${this.#section}.free`);
    this.#size = from.json<number>(`${this.#section}.size`);
  }
}

/** The text that was packed last. */
let packed = new Int32Array(256);

/** Twice the length, plus one where characters take two bytes; then the characters, the first lowest in its cell. Returns how many cells. */
function pack(text: string): number {
  const { length } = text;
  if (packed.length < 1 + length) packed = new Int32Array(2 * length);
  const cells = 1 + ((length + 3) >> 2);
  packed.fill(0, 0, cells);
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > NARROW_MAX) return packWide(text);
    packed[1 + (i >> 2)]! |= unit << (8 * (i & 3));
  }
  packed[0] = 2 * length;
  return cells;
}

function packWide(text: string): number {
  const { length } = text;
  const cells = 1 + ((length + 1) >> 1);
  packed.fill(0, 0, cells);
  packed[0] = 2 * length + 1;
  for (let i = 0; i < length; i++) packed[1 + (i >> 1)]! |= text.charCodeAt(i) << (16 * (i & 1));
  return cells;
}

function unpack(cells: Int32Array): string {
  const length = cells[0]! >> 1;
  const perCell = (cells[0]! & 1) === 1 ? 2 : 4;
  const bits = 32 / perCell;
  const mask = 2 ** bits - 1;
  let text = '';
  for (let i = 0; i < length; i++)
    text += String.fromCharCode((cells[1 + Math.floor(i / perCell)]! >>> (bits * (i % perCell))) & mask);
  return text;
}
