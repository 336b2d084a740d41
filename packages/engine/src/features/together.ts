/**
 * Which listings meet: bought in one order, or viewed by one visitor. For each listing a bounded row of neighbours with
 * counts, most frequent first.
 *
 * The row is a lossy count in the manner of Misra and Gries (1982): when it is full, a new neighbour wears down the last
 * one before it takes its place, so what met once does not push out what meets often.
 */
import { int32Column } from '../base/column.ts';
import type { SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';

const NEIGHBOURS = 64;

export class Together {
  /** Row of the listing, or -1 while it has met none. [listings] */
  readonly #row = int32Column(-1);
  readonly #used = int32Column(); // [rows]
  readonly #neighbour = int32Column(); // [rows × NEIGHBOURS]
  readonly #count = int32Column(); // [rows × NEIGHBOURS]

  get neighbour(): Int32Array {
    return this.#neighbour.data;
  }

  get counts(): Int32Array {
    return this.#count.data;
  }

  /** Where the listing's neighbours start in `neighbour` and `counts`, or -1. */
  start(listing: number): number {
    const row = listing < this.#row.length ? this.#row.data[listing]! : -1;
    return row < 0 ? -1 : row * NEIGHBOURS;
  }

  /** How many neighbours lie there. */
  size(listing: number): number {
    const row = listing < this.#row.length ? this.#row.data[listing]! : -1;
    return row < 0 ? 0 : this.#used.data[row]!;
  }

  /** Counts that the two met. */
  add(a: number, b: number): void {
    this.addOneWay(a, b);
    this.addOneWay(b, a);
  }

  /** Counts that `neighbour` came with, or after, `listing`. */
  addOneWay(listing: number, neighbour: number): void {
    const row = this.#rowOf(listing);
    const start = row * NEIGHBOURS;
    const used = this.#used.data[row]!;
    const neighbours = this.#neighbour.data;
    const counts = this.#count.data;
    let at = start;
    const end = start + used;
    while (at < end && neighbours[at] !== neighbour) at++;
    if (at === end) this.#admit(row, neighbour);
    else {
      const count = counts[at]! + 1;
      // Moves before all that have the old count, so that the row stays sorted.
      while (at > start && counts[at - 1]! < count) {
        counts[at] = counts[at - 1]!;
        neighbours[at] = neighbours[at - 1]!;
        at--;
      }
      counts[at] = count;
      neighbours[at] = neighbour;
    }
  }

  #admit(row: number, neighbour: number): void {
    const used = this.#used.data[row]!;
    const start = row * NEIGHBOURS;
    if (used < NEIGHBOURS) {
      this.#neighbour.data[start + used] = neighbour;
      this.#count.data[start + used] = 1;
      this.#used.data[row] = used + 1;
      return;
    }
    const last = start + NEIGHBOURS - 1;
    if (this.#count.data[last]! > 1) this.#count.data[last]!--;
    else this.#neighbour.data[last] = neighbour;
  }

  #rowOf(listing: number): number {
    this.#row.resize(listing + 1);
    const known = this.#row.data[listing]!;
    if (known >= 0) return known;
    const row = this.#used.push(0);
    this.#neighbour.extend(NEIGHBOURS);
    this.#count.extend(NEIGHBOURS);
    this.#row.data[listing] = row;
    return row;
  }

  save(out: SnapshotWriter, name: string): void {
    this.#row.save(out, `${name}.row`);
    this.#used.save(out, `${name}.used`);
    this.#neighbour.save(out, `${name}.neighbour`);
    this.#count.save(out, `${name}.count`);
  }

  load(from: SnapshotReader, name: string): void {
    this.#row.load(from, `${name}.row`);
    this.#used.load(from, `${name}.used`);
    this.#neighbour.load(from, `${name}.neighbour`);
    this.#count.load(from, `${name}.count`);
  }
}
