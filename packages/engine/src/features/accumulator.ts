/**
 * Sums per listing that last for one decision: a dense array that is 0 but for the listings touched, so that it is small enough to
 * stay near the processor, and is cleared by going over those. Scratch memory, not state.
 */
import { assert } from '../base/assert.ts';

export class Accumulator {
  #sums = new Float32Array(0); // [listings]
  /** The listings that have a sum, in order of first mention; valid in [0, size). */
  touched = new Int32Array(1024);
  size = 0;

  /** Forgets all sums and makes room for `listings` rows. */
  begin(listings: number): void {
    const sums = this.#sums;
    if (sums.length < listings) this.#sums = new Float32Array(Math.ceil(listings * 1.25) + 64);
    else for (let i = 0; i < this.size; i++) sums[this.touched[i]!] = 0;
    this.size = 0;
  }

  /** `value` must be positive. */
  add(listing: number, value: number): void {
    const before = this.#sums[listing]!;
    this.#sums[listing] = before + value;
    if (before === 0) this.#touch(listing, value);
  }

  #touch(listing: number, value: number): void {
    assert(value > 0, 'only what is positive can be summed', value);
    if (this.size === this.touched.length) {
      const touched = new Int32Array(2 * this.size);
      touched.set(this.touched);
      this.touched = touched;
    }
    this.touched[this.size++] = listing;
  }

  get(listing: number): number {
    return this.#sums[listing]!;
  }
}
