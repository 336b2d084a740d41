/**
 * What each buyer did with each listing: one row a pair that ever met, in a list per buyer, the latest touched first.
 * It is the buyer's history for retrieval, the evidence for features, and the proof for "not what was bought already".
 * What is forgotten of a buyer leaves rows that the next pairs take.
 */
import { type Column, float64Column, int32Column, uint8Column } from '../base/column.ts';
import { PairIndex } from '../base/pair-index.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import type { TypedArray } from '../base/typed-array.ts';

/** Rows that are made at once. */
const BLOCK = 1024;

export class Interactions implements Part {
  readonly #index = new PairIndex();
  /** First row of the buyer's list, or -1. [buyers] */
  readonly #head = int32Column(-1);

  // Columns, all [rows].
  readonly listing = int32Column();
  readonly next = int32Column(-1);
  readonly #previous = int32Column(-1);
  /** Lines bought; returns do not lessen it. */
  readonly purchases = int32Column();
  readonly pieces = float64Column();
  /** Which order of the buyer's bought it last, from 1. */
  readonly lastOrder = int32Column();
  readonly firstPurchaseAt = float64Column();
  readonly lastPurchaseAt = float64Column();
  readonly views = int32Column();
  readonly carts = int32Column();
  readonly lastViewAt = float64Column();
  /** 1 where the buyer asked not to see it again. */
  readonly hidden = uint8Column();

  readonly #columns: readonly (readonly [string, Column<TypedArray>])[] = [
    ['interactions.listing', this.listing],
    ['interactions.next', this.next],
    ['interactions.previous', this.#previous],
    ['interactions.purchases', this.purchases],
    ['interactions.pieces', this.pieces],
    ['interactions.last-order', this.lastOrder],
    ['interactions.first-purchase-at', this.firstPurchaseAt],
    ['interactions.last-purchase-at', this.lastPurchaseAt],
    ['interactions.views', this.views],
    ['interactions.carts', this.carts],
    ['interactions.last-view-at', this.lastViewAt],
    ['interactions.hidden', this.hidden],
  ] as [string, Column<TypedArray>][];

  /** Rows that were ever made. */
  #rows = 0;
  /** A row that a forgotten pair left, or -1; go on with `next`. */
  #free = -1;

  /** Pairs that are there. */
  get size(): number {
    return this.#index.size;
  }

  /** The row of the pair, or -1. */
  find(buyer: number, listing: number): number {
    return this.#index.find(buyer, listing);
  }

  /** The latest touched row of the buyer, or -1; go on with `next`. */
  first(buyer: number): number {
    return buyer >= 0 && buyer < this.#head.length ? this.#head.data[buyer]! : -1;
  }

  /** The row of the pair, made if new, and moved to the front of the buyer's list. */
  touch(buyer: number, listing: number): number {
    this.#head.resize(buyer + 1);
    let row = this.#index.find(buyer, listing);
    if (row < 0) {
      row = this.#freeRow();
      this.listing.data[row] = listing;
      this.#index.add(buyer, listing, row);
    } else if (this.#head.data[buyer] === row) return row;
    else this.#unlink(row);
    this.#linkFirst(buyer, row);
    return row;
  }

  #freeRow(): number {
    const free = this.#free;
    if (free >= 0) {
      this.#free = this.next.data[free]!;
      return free;
    }
    const row = this.#rows++;
    // Rows are made in blocks: a dozen columns would each ask for room otherwise, for every new pair.
    if (row === this.listing.length) for (const [, column] of this.#columns) column.resize(row + BLOCK);
    return row;
  }

  /** Forgets the buyer's latest rows, at most so many. Returns how many. */
  forget(buyer: number, atMost: number): number {
    let row = this.first(buyer);
    let forgotten = 0;
    for (; row >= 0 && forgotten < atMost; forgotten++) {
      const next = this.next.data[row]!;
      this.#index.remove(buyer, this.listing.data[row]!);
      for (const [, column] of this.#columns) column.reset(row);
      this.next.data[row] = this.#free;
      this.#free = row;
      row = next;
    }
    if (forgotten > 0) this.#head.data[buyer] = row;
    if (row >= 0) this.#previous.data[row] = -1;
    return forgotten;
  }

  #unlink(row: number): void {
    const before = this.#previous.data[row]!;
    const after = this.next.data[row]!;
    this.next.data[before] = after;
    if (after >= 0) this.#previous.data[after] = before;
  }

  #linkFirst(buyer: number, row: number): void {
    const head = this.#head.data[buyer]!;
    this.next.data[row] = head;
    this.#previous.data[row] = -1;
    if (head >= 0) this.#previous.data[head] = row;
    this.#head.data[buyer] = row;
  }

  save(out: SnapshotWriter): void {
    this.#index.save(out, 'interactions.index');
    this.#head.save(out, 'interactions.head');
    out.json('interactions.rows', [this.#rows, this.#free]);
    for (const [name, column] of this.#columns) column.save(out, name);
  }

  load(from: SnapshotReader): void {
    this.#index.load(from, 'interactions.index');
    this.#head.load(from, 'interactions.head');
    [this.#rows, this.#free] = from.json<[number, number]>('interactions.rows');
    for (const [name, column] of this.#columns) column.load(from, name);
  }
}
