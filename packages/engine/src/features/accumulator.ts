/**
 * Sums per listing that last for one decision: dense arrays with a stamp, so that starting anew costs nothing.
 * Scratch memory, not state.
 */
export class Accumulator {
  // A stamp and its sum side by side, so that both come with one read of memory. [2 × listings]
  #stamps = new Uint32Array(0);
  #sums = new Float32Array(0);
  #epoch = 0;
  /** The listings that have a sum, in order of first mention; valid in [0, size). */
  touched = new Int32Array(1024);
  size = 0;

  /** Forgets all sums and makes room for `listings` rows. */
  begin(listings: number): void {
    if (this.#stamps.length < 2 * listings) {
      const memory = new ArrayBuffer(8 * (Math.ceil(listings * 1.25) + 64));
      this.#stamps = new Uint32Array(memory);
      this.#sums = new Float32Array(memory);
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
    const at = 2 * listing;
    if (this.#stamps[at] === this.#epoch) {
      this.#sums[at + 1]! += value;
      return;
    }
    this.#stamps[at] = this.#epoch;
    this.#sums[at + 1] = value;
    if (this.size === this.touched.length) {
      const touched = new Int32Array(2 * this.size);
      touched.set(this.touched);
      this.touched = touched;
    }
    this.touched[this.size++] = listing;
  }

  get(listing: number): number {
    return this.#stamps[2 * listing] === this.#epoch ? this.#sums[2 * listing + 1]! : 0;
  }
}
