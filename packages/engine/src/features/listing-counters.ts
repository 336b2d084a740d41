/**
 * What is counted of each listing, side by side. In front, FRONT integers in 32 bytes, is what every decision asks of hundreds of
 * listings; behind, COUNTERS integers in 48 bytes, what else the features of listings alone are made of. So a decision waits for
 * memory once a listing and not once a counter.
 */
import { int32Column } from '../base/column.ts';
import type { SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';

/** Cells of a row behind. */
export const COUNTERS = 12;

// Where each count stands in its row.
export const PIECES = 0;
/** Buyers who have bought it, and those of them who have bought it more than once. */
export const BUYERS = 1;
export const REPEAT_BUYERS = 2;
export const CARTS = 3;
export const RETURNS = 4;
/** Within the windows, in days. */
export const BOUGHT_7 = 5;
export const VIEWED_7 = 6;
/** Of the last purchase, in whole hours since 1970. */
export const LAST_SOLD_HOUR = 7;
// What is not counted but asked for with the counts.
/** The sum of its reviews' ratings in hundredths of a star, and how many there are. */
export const RATING_HUNDREDTHS = 8;
export const REVIEWS = 9;

/** Cells of a row in front. */
const FRONT = 8;

// Counters in front: after those behind.
/** How often any of its counters was changed: what was made of them holds until the next time. */
export const CHANGES = COUNTERS + 0;
export const PURCHASES = COUNTERS + 1;
/** Within 28 days. */
export const BOUGHT_28 = COUNTERS + 2;
/** The natural log of the price in units of the currency, in steps of 1 / LOG_PRICE_STEPS. */
export const LOG_PRICE = COUNTERS + 3;
export const LOG_PRICE_STEPS = 1e6;
export const IMPRESSIONS = COUNTERS + 4;
export const CLICKS = COUNTERS + 5;
export const VIEWS = COUNTERS + 6;

const MAX = 0x7fffffff;

/** So many of the latest changes are known one by one. A power of two. */
export const CHANGES_KEPT = 1 << 12;

/** Where a listing's counter stands in `front`. */
export const frontAt = (listing: number, counter: number): number => listing * FRONT + (counter - COUNTERS);

export class ListingCounters {
  readonly #behind = int32Column();
  readonly #front = int32Column();
  /** The listing of each of the latest changes, the n-th since the start at n % CHANGES_KEPT. Scratch memory, not state. */
  readonly changed = new Int32Array(CHANGES_KEPT);
  /** How many changes there were; a load counts as more than are kept. */
  changes = 0;

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
    this.changed[this.changes++ & (CHANGES_KEPT - 1)] = listing;
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
    this.changes += CHANGES_KEPT + 1;
  }
}

/** Whether nobody has bought it and it was shown fewer than `impressions` times: too little to say what it is worth. */
export const isNewcomer = (counters: ListingCounters, listing: number, impressions: number): boolean =>
  counters.get(listing, PURCHASES) === 0 && counters.get(listing, IMPRESSIONS) < impressions;
