/** Sums per listing that last for one decision, by the entries of its shortlist. Scratch memory, not state. */
import { assert } from '../base/assert.ts';
import { ENTRIES_MAX, type Shortlist } from './shortlist.ts';

export class Accumulator {
  readonly #shortlist: Shortlist;
  /** 0 but for the entries touched. */
  readonly sums = new Float32Array(ENTRIES_MAX + 1); // [entries]
  /** The entries that have a sum, in order of first mention; valid in [0, size). */
  readonly touched = new Uint16Array(ENTRIES_MAX);
  size = 0;

  constructor(shortlist: Shortlist) {
    this.#shortlist = shortlist;
  }

  /** Forgets all sums; to be done before the shortlist forgets its entries or after. */
  begin(): void {
    for (let i = 0; i < this.size; i++) this.sums[this.touched[i]!] = 0;
    this.size = 0;
  }

  /** `value` must be positive. */
  add(listing: number, value: number): void {
    this.addTo(this.#shortlist.enter(listing), value);
  }

  addTo(entry: number, value: number): void {
    const before = this.sums[entry]!;
    this.sums[entry] = before + value;
    if (before === 0) this.#touch(entry, value);
  }

  #touch(entry: number, value: number): void {
    assert(value > 0, 'only what is positive can be summed', value);
    if (entry === 0) this.sums[0] = 0;
    else this.touched[this.size++] = entry;
  }

  /** The listing that is touched `i`-th. */
  listingAt(i: number): number {
    return this.#shortlist.listing[this.touched[i]!]!;
  }

  get(listing: number): number {
    return this.sums[this.#shortlist.find(listing)]!;
  }
}
