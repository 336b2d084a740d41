/**
 * The best `limit` of many scored listings, kept in the caller's arrays as a binary heap with the worst at the root.
 * Ties go to the higher listing index: the newer listing. Nothing is allocated after construction.
 */
export class BestScores {
  #listings = new Int32Array(0);
  #scores = new Float32Array(0);
  #limit = 0;
  #count = 0;

  /** Starts anew over the caller's arrays. */
  reset(listings: Int32Array, scores: Float32Array, limit: number): void {
    this.#listings = listings as Int32Array<ArrayBuffer>;
    this.#scores = scores as Float32Array<ArrayBuffer>;
    this.#limit = Math.max(0, Math.min(limit, listings.length, scores.length));
    this.#count = 0;
  }

  /** Whether `limit` listings are there, all of them scored at least `score`. */
  isFullAbove(score: number): boolean {
    return this.#count === this.#limit && (this.#limit === 0 || this.#scores[0]! >= score);
  }

  offer(listing: number, score: number): void {
    const rounded = Math.fround(score);
    if (this.#count < this.#limit) this.#siftUp(this.#count++, listing, rounded);
    else if (this.#limit > 0 && this.#isWorse(0, listing, rounded)) this.#siftDown(listing, rounded, this.#count);
  }

  /** Puts the best first and returns how many there are. */
  sort(): number {
    for (let end = this.#count - 1; end > 0; end--) {
      const listing = this.#listings[end]!;
      const score = this.#scores[end]!;
      this.#listings[end] = this.#listings[0]!;
      this.#scores[end] = this.#scores[0]!;
      this.#siftDown(listing, score, end);
    }
    return this.#count;
  }

  /** Whether what is at `at` ranks behind the given one. */
  #isWorse(at: number, listing: number, score: number): boolean {
    const other = this.#scores[at]!;
    return other < score || (other === score && this.#listings[at]! < listing);
  }

  #put(at: number, listing: number, score: number): void {
    this.#listings[at] = listing;
    this.#scores[at] = score;
  }

  #siftUp(from: number, listing: number, score: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#isWorse(parent, listing, score)) break;
      this.#put(at, this.#listings[parent]!, this.#scores[parent]!);
      at = parent;
    }
    this.#put(at, listing, score);
  }

  #siftDown(listing: number, score: number, count: number): void {
    let at = 0;
    while (true) {
      let child = 2 * at + 1;
      if (child >= count) break;
      if (child + 1 < count && this.#isWorse(child + 1, this.#listings[child]!, this.#scores[child]!)) child++;
      if (!this.#isWorse(child, listing, score)) break;
      this.#put(at, this.#listings[child]!, this.#scores[child]!);
      at = child;
    }
    this.#put(at, listing, score);
  }
}
