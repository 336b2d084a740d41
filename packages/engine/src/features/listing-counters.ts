/**
 * What is counted of each listing, side by side: one row of COUNTERS integers a listing, 64 bytes, so that a decision which
 * reads them all for hundreds of candidates waits for memory once a candidate and not once a counter.
 */
import { int32Column } from '../base/column.ts';
import type { SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';

/** Cells of a row. */
export const COUNTERS = 16;

// Where each count stands in its row.
export const PURCHASES = 0;
export const PIECES = 1;
/** Buyers who have bought it, and those of them who have bought it more than once. */
export const BUYERS = 2;
export const REPEAT_BUYERS = 3;
export const IMPRESSIONS = 4;
export const CLICKS = 5;
export const VIEWS = 6;
export const CARTS = 7;
export const RETURNS = 8;
/** Within the windows, in days. */
export const BOUGHT_28 = 9;
export const BOUGHT_7 = 10;
export const VIEWED_7 = 11;
/** Of the last purchase, in whole hours since 1970. */
export const LAST_SOLD_HOUR = 12;
// What is not counted but asked for with the counts.
/** The natural log of the price in units of the currency, in steps of 1 / LOG_PRICE_STEPS. */
export const LOG_PRICE = 13;
export const LOG_PRICE_STEPS = 1e6;
/** The sum of its reviews' ratings in hundredths of a star, and how many there are. */
export const RATING_HUNDREDTHS = 14;
export const REVIEWS = 15;

const MAX = 0x7fffffff;

export class ListingCounters {
  readonly #cells = int32Column();
  readonly #changes = int32Column();

  /** [listings × COUNTERS]; replaced when the catalogue grows. */
  get data(): Int32Array {
    return this.#cells.data;
  }

  /** How often each row was changed since the state was made or loaded: what was made of a row holds until then. [listings] */
  get changes(): Int32Array {
    return this.#changes.data;
  }

  get listings(): number {
    return this.#cells.length / COUNTERS;
  }

  /** Makes rows for the first `listings` listings. */
  grow(listings: number): void {
    this.#cells.resize(listings * COUNTERS);
    this.#changes.resize(listings);
  }

  get(listing: number, counter: number): number {
    return this.#cells.data[listing * COUNTERS + counter]!;
  }

  /** Adds, and stops at the largest integer. */
  add(listing: number, counter: number, amount: number): void {
    const at = listing * COUNTERS + counter;
    this.#cells.data[at] = Math.min(MAX, this.#cells.data[at]! + amount);
    this.#changes.data[listing]!++;
  }

  set(listing: number, counter: number, value: number): void {
    this.#cells.data[listing * COUNTERS + counter] = value;
    this.#changes.data[listing]!++;
  }

  /** Keeps the larger of the value that is there and `value`. */
  raise(listing: number, counter: number, value: number): void {
    const at = listing * COUNTERS + counter;
    this.#cells.data[at] = Math.max(this.#cells.data[at]!, value);
    this.#changes.data[listing]!++;
  }

  save(out: SnapshotWriter): void {
    this.#cells.save(out, 'listing-counters');
  }

  load(from: SnapshotReader): void {
    this.#cells.load(from, 'listing-counters');
    this.#changes.resize(this.listings);
  }
}
