/**
 * Sums per listing that last for one decision: dense arrays with a stamp, so that starting anew costs nothing.
 * Scratch memory, not state.
 */
export class Accumulator {
  #stamps = new Uint32Array(0); // [listings]
  #sums = new Float32Array(0); // [listings]
  #epoch = 0;
  /** The listings that have a sum, in order of first mention; valid in [0, size). */
  touched = new Int32Array(1024);
  size = 0;

  /** Forgets all sums and makes room for `listings` rows. */
  begin(listings: number): void {
    if (this.#stamps.length < listings) {
      const capacity = Math.ceil(listings * 1.25) + 64;
      this.#stamps = new Uint32Array(capacity);
      this.#sums = new Float32Array(capacity);
      this.#epoch = 0;
    }
    this.#epoch++;
    if (this.#epoch === 0xffffffff) {
      this.#stamps.fill(0);
      this.#epoch = 1;
    }
    this.size = 0;
  }

  add(listing: number, value: number): void {
    if (this.#stamps[listing] === this.#epoch) {
      this.#sums[listing]! += value;
      return;
    }
    this.#stamps[listing] = this.#epoch;
    this.#sums[listing] = value;
    if (this.size === this.touched.length) {
      const touched = new Int32Array(2 * this.size);
      touched.set(this.touched);
      this.touched = touched;
    }
    this.touched[this.size++] = listing;
  }

  get(listing: number): number {
    return this.#stamps[listing] === this.#epoch ? this.#sums[listing]! : 0;
  }

  /** Sums by listing; only those of `touched` mean anything. [listings] */
  get values(): Float32Array {
    return this.#sums;
  }
}
