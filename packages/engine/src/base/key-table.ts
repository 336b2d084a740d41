/**
 * Strings as row numbers that are given out again: for tables of what comes and goes, such as buyers. An `Interner` keeps its strings
 * for ever; here the memory of a removed one is used for the next. Characters lie packed in a list of integers each.
 *
 * A row is removed in two steps: `remove`, upon which nobody finds it, and `release`, once whatever else was kept of it is gone.
 */
import { int32Column } from './column.ts';
import { HashSlots, hashOf, type TextRows } from './hash-slots.ts';
import { IntLists } from './int-lists.ts';
import type { Part, SnapshotReader, SnapshotWriter } from './snapshot.ts';

/** A string with a character above this takes two bytes for each. */
const NARROW_MAX = 0xff;

export class KeyTable implements Part, TextRows {
  readonly #section: string;
  /** As `pack` makes them; empty where the row is nobody's. [rows] */
  readonly #packed = new IntLists();
  readonly #slots: HashSlots;
  /** Rows to be given out again, the next last. */
  readonly #free = int32Column();
  #size = 0;

  /** `section` names the snapshot sections. */
  constructor(section: string) {
    this.#section = section;
    this.#slots = new HashSlots(section, this);
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
    const hash = hashOf(text);
    const known = this.#slots.find(text, hash);
    if (known >= 0) return known;
    this.#slots.reserve(this.#size + 1);
    const row = this.#free.length > 0 ? this.#free.pop() : this.#packed.rows;
    this.#packed.reserve(row + 1);
    const cells = pack(text);
    this.#packed.set(row, packed, cells);
    this.#slots.add(text, hash, row);
    this.#size++;
    return row;
  }

  /** The row of `text`, or -1. */
  find(text: string): number {
    return this.#slots.find(text, hashOf(text));
  }

  holds(row: number, text: string): boolean {
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
    this.#slots.remove(row);
    // What is given back lies in the pool, and in checkpoints, until it is used again.
    this.#packed.view(row).fill(0);
    this.#packed.truncate(row, 0);
    this.#size--;
  }

  /** A removed row may be given out again. */
  release(row: number): void {
    this.#free.push(row);
  }

  save(out: SnapshotWriter): void {
    this.#packed.save(out, `${this.#section}.packed`);
    this.#slots.save(out);
    this.#free.save(out, `${this.#section}.free`);
    out.json(`${this.#section}.size`, this.#size);
  }

  load(from: SnapshotReader): void {
    this.#packed.load(from, `${this.#section}.packed`);
    this.#slots.load(from);
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
