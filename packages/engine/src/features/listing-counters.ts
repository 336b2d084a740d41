/**
 * What is counted of each listing, side by side. In front, FRONT integers in 16 bytes, is what every decision asks of hundreds of
 * listings; behind, COUNTERS integers in 64 bytes, what the features of listings alone are made of. So a decision waits for memory
 * once a listing and not once a counter.
 */
import { int32Column } from '../base/column.ts';
import type { SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';

/** Cells of a row behind. */
export const COUNTERS = 16;

// Where each count stands in its row.
export const PIECES = 0;
/** Buyers who have bought it, and those of them who have bought it more than once. */
export const BUYERS = 1;
export const REPEAT_BUYERS = 2;
export const IMPRESSIONS = 3;
export const CLICKS = 4;
export const VIEWS = 5;
export const CARTS = 6;
export const RETURNS = 7;
/** Within the windows, in days. */
export const BOUGHT_7 = 8;
export const VIEWED_7 = 9;
/** Of the last purchase, in whole hours since 1970. */
export const LAST_SOLD_HOUR = 10;
// What is not counted but asked for with the counts.
/** The sum of its reviews' ratings in hundredths of a star, and how many there are. */
export const RATING_HUNDREDTHS = 11;
export const REVIEWS = 12;

/** Cells of a row in front. */
const FRONT = 4;

// Counters in front: after those behind.
/** How often any of its counters was changed: what was made of them holds until the next time. */
export const CHANGES = COUNTERS + 0;
export const PURCHASES = COUNTERS + 1;
/** Within 28 days. */
export const BOUGHT_28 = COUNTERS + 2;
/** The natural log of the price in units of the currency, in steps of 1 / LOG_PRICE_STEPS. */
export const LOG_PRICE = COUNTERS + 3;
export const LOG_PRICE_STEPS = 1e6;

const MAX = 0x7fffffff;

/** Where a listing's counter stands in `front`. */
export const frontAt = (listing: number, counter: number): number => listing * FRONT + (counter - COUNTERS);

export class ListingCounters {
  readonly #behind = int32Column();
  readonly #front = int32Column();

  /** [listings × COUNTERS]; replaced when the catalogue grows. */
  get behind(): Int32Array {
    return this.#behind.data;
  }

  /** [listings × FRONT]; replaced when the catalogue grows. */
  get front(): Int32Array {
    return this.#front.data;
  }

  get listings(): number {
    return this.#behind.length / COUNTERS;
  }

  /** Makes rows for the first `listings` listings. */
  grow(listings: number): void {
    this.#behind.resize(listings * COUNTERS);
    this.#front.resize(listings * FRONT);
  }

  get(listing: number, counter: number): number {
    return counter < COUNTERS
      ? this.#behind.data[listing * COUNTERS + counter]!
      : this.#front.data[frontAt(listing, counter)]!;
  }

  /** Adds, and stops at the largest integer. */
  add(listing: number, counter: number, amount: number): void {
    this.set(listing, counter, Math.min(MAX, this.get(listing, counter) + amount));
  }

  set(listing: number, counter: number, value: number): void {
    const front = this.#front.data;
    if (counter < COUNTERS) this.#behind.data[listing * COUNTERS + counter] = value;
    else front[frontAt(listing, counter)] = value;
    front[frontAt(listing, CHANGES)]!++;
  }

  /** Keeps the larger of the value that is there and `value`. */
  raise(listing: number, counter: number, value: number): void {
    if (value > this.get(listing, counter)) this.set(listing, counter, value);
  }

  save(out: SnapshotWriter): void {
    this.#behind.save(out, 'listing-counters.behind');
    this.#front.save(out, 'listing-counters.front');
  }

  load(from: SnapshotReader): void {
    this.#behind.load(from, 'listing-counters.behind');
    this.#front.load(from, 'listing-counters.front');
  }
}

/** Whether nobody has bought it and it was shown fewer than `impressions` times: too little to say what it is worth. */
export const isNewcomer = (counters: ListingCounters, listing: number, impressions: number): boolean =>
  counters.get(listing, PURCHASES) === 0 && counters.get(listing, IMPRESSIONS) < impressions;
