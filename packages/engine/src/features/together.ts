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

/** Cells of a listing's place, side by side: where its neighbours start in the pool or -1, how many there are, room for how many. */
const PLACE = 4;
const SIZE = 1;
const CAPACITY = 2;

export class Together {
  /** Shorter where the last listings have met nobody. [listings × PLACE] */
  readonly #places = int32Column();
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
    const at = PLACE * listing;
    return at < this.#places.length ? this.#places.data[at]! : -1;
  }

  /** How many neighbours lie there. */
  size(listing: number): number {
    const at = PLACE * listing;
    return at < this.#places.length ? this.#places.data[at + SIZE]! : 0;
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
    this.#makePlaces(listing + 1);
    const at = PLACE * listing;
    const places = this.#places.data;
    const size = places[at + SIZE]!;
    if (size === places[at + CAPACITY]! && size < NEIGHBOURS_MAX) this.#widen(at, Math.max(NEIGHBOURS_MIN, 2 * size));
    const cells = this.#pool.data;
    const start = places[at]!;
    if (size < NEIGHBOURS_MAX) {
      cells[start + 2 * size] = neighbour;
      cells[start + 2 * size + 1] = 1;
      places[at + SIZE] = size + 1;
      return;
    }
    const last = start + 2 * (NEIGHBOURS_MAX - 1);
    if (cells[last + 1]! > 1) cells[last + 1]!--;
    else cells[last] = neighbour;
  }

  #makePlaces(listings: number): void {
    const before = this.#places.length;
    this.#places.resize(PLACE * listings);
    for (let at = before; at < this.#places.length; at += PLACE) this.#places.data[at] = -1;
  }

  /** Moves the list whose place is at `at` to room for `capacity` neighbours. */
  #widen(at: number, capacity: number): void {
    const places = this.#places.data;
    const from = places[at]!;
    const to = this.#take(capacity);
    if (from >= 0) {
      this.#pool.data.copyWithin(to, from, from + 2 * places[at + SIZE]!);
      const sizeClass = sizeClassOf(places[at + CAPACITY]!);
      this.#pool.data[from] = this.#free[sizeClass]!;
      this.#free[sizeClass] = from;
    }
    places[at] = to;
    places[at + CAPACITY] = capacity;
  }

  #take(capacity: number): number {
    const sizeClass = sizeClassOf(capacity);
    const free = this.#free[sizeClass]!;
    if (free < 0) return this.#pool.extend(2 * capacity);
    this.#free[sizeClass] = this.#pool.data[free]!;
    return free;
  }

  save(out: SnapshotWriter, name: string): void {
    this.#places.save(out, `${name}.places`);
    this.#pool.save(out, `${name}.pool`);
    out.array(`${name}.free`, this.#free);
  }

  load(from: SnapshotReader, name: string): void {
    this.#places.load(from, `${name}.places`);
    this.#pool.load(from, `${name}.pool`);
    this.#free = from.array(`${name}.free`, Int32Array);
  }
}

const sizeClassOf = (capacity: number): number => Math.log2(capacity / NEIGHBOURS_MIN);
