/**
 * Which listings meet: bought in one order, or viewed by one visitor. For each listing a bounded list of neighbours with
 * counts, most frequent first.
 *
 * The list is a lossy count in the manner of Misra and Gries (1982): when it is full, a new neighbour wears down the last one
 * before it takes its place, so what met once does not push out what meets often.
 *
 * Lists lie in one pool and double as they fill, from 4 to 64 neighbours: most listings of a large catalogue meet few others.
 * A list that has moved leaves its old place to the next list of that size.
 */
import { int32Column } from '../base/column.ts';
import type { SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';

const NEIGHBOURS_MIN = 4;
const NEIGHBOURS_MAX = 64;
const SIZES = 1 + Math.log2(NEIGHBOURS_MAX / NEIGHBOURS_MIN);

export class Together {
  // Columns, [listings]; shorter where the last listings have met nobody.
  readonly #start = int32Column(-1);
  readonly #size = int32Column();
  readonly #capacity = int32Column();
  /** A neighbour and its count, side by side. */
  readonly #pool = int32Column();
  /** The first free place of each capacity, -1 for none; a free place starts with the next one. [SIZES] */
  #free: Int32Array = new Int32Array(SIZES).fill(-1);

  /** Neighbours and counts in turn: the cells `start` to `start + 2 · size` are a listing's. */
  get cells(): Int32Array {
    return this.#pool.data;
  }

  /** Where the listing's neighbours start in `cells`, or -1. */
  start(listing: number): number {
    return listing < this.#start.length ? this.#start.data[listing]! : -1;
  }

  /** How many neighbours lie there. */
  size(listing: number): number {
    return listing < this.#size.length ? this.#size.data[listing]! : 0;
  }

  /** Counts that the two met. */
  add(a: number, b: number): void {
    this.addOneWay(a, b);
    this.addOneWay(b, a);
  }

  /** Counts that `neighbour` came with, or after, `listing`. */
  addOneWay(listing: number, neighbour: number): void {
    const start = this.start(listing);
    const end = start + 2 * this.size(listing);
    const cells = this.#pool.data;
    let at = start;
    while (at < end && cells[at] !== neighbour) at += 2;
    if (at === end) {
      this.#admit(listing, neighbour);
      return;
    }
    const count = cells[at + 1]! + 1;
    // Moves before all that have the old count, so that the list stays sorted.
    for (; at > start && cells[at - 1]! < count; at -= 2) {
      cells[at] = cells[at - 2]!;
      cells[at + 1] = cells[at - 1]!;
    }
    cells[at] = neighbour;
    cells[at + 1] = count;
  }

  #admit(listing: number, neighbour: number): void {
    for (const column of [this.#start, this.#size, this.#capacity]) column.resize(listing + 1);
    const size = this.#size.data[listing]!;
    if (size === this.#capacity.data[listing]! && size < NEIGHBOURS_MAX)
      this.#widen(listing, Math.max(NEIGHBOURS_MIN, 2 * size));
    const cells = this.#pool.data;
    const start = this.#start.data[listing]!;
    if (size < NEIGHBOURS_MAX) {
      cells[start + 2 * size] = neighbour;
      cells[start + 2 * size + 1] = 1;
      this.#size.data[listing] = size + 1;
      return;
    }
    const last = start + 2 * (NEIGHBOURS_MAX - 1);
    if (cells[last + 1]! > 1) cells[last + 1]!--;
    else cells[last] = neighbour;
  }

  /** Moves a list to a place of the given capacity. */
  #widen(listing: number, capacity: number): void {
    const from = this.#start.data[listing]!;
    const to = this.#take(capacity);
    if (from >= 0) {
      this.#pool.data.copyWithin(to, from, from + 2 * this.#size.data[listing]!);
      const sizeClass = sizeClassOf(this.#capacity.data[listing]!);
      this.#pool.data[from] = this.#free[sizeClass]!;
      this.#free[sizeClass] = from;
    }
    this.#start.data[listing] = to;
    this.#capacity.data[listing] = capacity;
  }

  #take(capacity: number): number {
    const sizeClass = sizeClassOf(capacity);
    const free = this.#free[sizeClass]!;
    if (free < 0) return this.#pool.extend(2 * capacity);
    this.#free[sizeClass] = this.#pool.data[free]!;
    return free;
  }

  save(out: SnapshotWriter, name: string): void {
    this.#start.save(out, `${name}.start`);
    this.#size.save(out, `${name}.size`);
    this.#capacity.save(out, `${name}.capacity`);
    this.#pool.save(out, `${name}.pool`);
    out.array(`${name}.free`, this.#free);
  }

  load(from: SnapshotReader, name: string): void {
    this.#start.load(from, `${name}.start`);
    this.#size.load(from, `${name}.size`);
    this.#capacity.load(from, `${name}.capacity`);
    this.#pool.load(from, `${name}.pool`);
    this.#free = from.array(`${name}.free`, Int32Array);
  }
}

const sizeClassOf = (capacity: number): number => Math.log2(capacity / NEIGHBOURS_MIN);
