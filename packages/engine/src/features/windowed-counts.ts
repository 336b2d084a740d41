/**
 * How often something happened to each listing within the last `days`: integer counts, and the listings sorted by them,
 * over all and per category (board 0 is of those without one).
 *
 * What is counted waits in a queue and is taken away once its day has left the window, a few for every one that is added.
 * So a day's end costs no pause, and a market that has gone quiet keeps its last picture until new events replace it.
 * Days are those of the log's event time (its largest so far), not of the single event: counting never runs backwards.
 */
import { int32Column } from '../base/column.ts';
import type { SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { Leaderboard } from './leaderboard.ts';
import type { ListingCounters } from './listing-counters.ts';

/** More than 1, so that the queue shrinks when a busy day leaves; small, so that no single event pays for many. */
const EXPIRED_PER_EVENT = 3;

type Cells = Pick<ListingCounters, 'get' | 'add'>;

export class WindowedCounts {
  readonly days: number;
  readonly overall = new Leaderboard();
  readonly #byCategory = new Leaderboard();
  #queuedListing = int32Column();
  #queuedDay = int32Column();
  #head = 0;
  readonly #counters: Cells;
  readonly #counter: number;

  /** The counts themselves are the cells `counter` of `counters`. */
  constructor(days: number, counters: Cells, counter: number) {
    this.days = days;
    this.#counters = counters;
    this.#counter = counter;
  }

  count(listing: number): number {
    return this.#counters.get(listing, this.#counter);
  }

  /** `day` is the log's event day; `category` is -1 for a listing without one. */
  add(listing: number, category: number, day: number): void {
    this.#expire(day);
    this.#queuedListing.push(listing);
    this.#queuedDay.push(day);
    this.#counters.add(listing, this.#counter, 1);
    this.overall.increment(listing, 0);
    this.#byCategory.increment(listing, category + 1);
  }

  /** Moves a listing that changed its category. */
  rehome(listing: number, category: number): void {
    this.#byCategory.rehome(listing, category + 1);
  }

  /** The listings of a category, highest count first; as `Leaderboard.top`. */
  topOfCategory(category: number, limit: number, out: Int32Array): number {
    return this.#byCategory.top(category + 1, limit, out);
  }

  #expire(day: number): void {
    for (let i = 0; i < EXPIRED_PER_EVENT; i++) {
      if (this.#head === this.#queuedDay.length || this.#queuedDay.data[this.#head]! > day - this.days) break;
      const listing = this.#queuedListing.data[this.#head++]!;
      this.#counters.add(listing, this.#counter, -1);
      this.overall.decrement(listing);
      this.#byCategory.decrement(listing);
    }
    if (this.#head > 4096 && 2 * this.#head > this.#queuedDay.length) this.#compact();
  }

  #compact(): void {
    for (const column of [this.#queuedListing, this.#queuedDay]) {
      column.data.copyWithin(0, this.#head, column.length);
      column.length -= this.#head;
    }
    this.#head = 0;
  }

  save(out: SnapshotWriter, name: string): void {
    this.overall.save(out, `${name}.overall`);
    this.#byCategory.save(out, `${name}.by-category`);
    this.#queuedListing.save(out, `${name}.queued-listing`);
    this.#queuedDay.save(out, `${name}.queued-day`);
    out.json(`${name}.head`, this.#head);
  }

  load(from: SnapshotReader, name: string): void {
    this.overall.load(from, `${name}.overall`);
    this.#byCategory.load(from, `${name}.by-category`);
    this.#queuedListing.load(from, `${name}.queued-listing`);
    this.#queuedDay.load(from, `${name}.queued-day`);
    this.#head = from.json<number>(`${name}.head`);
  }
}
