/**
 * The best few of many scores, in order: by insertion into a short sorted list, which for the slots of a page beats sorting all.
 * Where a reader needs more than the list holds, it is made again, four times as long.
 */
const SHORT = 16;
/** Longer lists are sorted whole. */
const INSERTION_MAX = 512;

export class RankedScores {
  /** Indexes, the best first; valid in [0, size). */
  order = new Int32Array(SHORT);
  size = 0;
  #scores: Float64Array = new Float64Array(0);
  #priorities: Uint32Array = new Uint32Array(0);
  #count = 0;
  #limit = SHORT;
  #complete = false;

  /** Ranks the scores that are above -∞. Between equal ones the higher priority goes first, then the lower index. */
  rank(scores: Float64Array, priorities: Uint32Array, count: number): void {
    this.#scores = scores;
    this.#priorities = priorities;
    this.#count = count;
    this.#select(SHORT);
  }

  /** Whether there is an index at this rank; looks further down where there may be. */
  has(rank: number): boolean {
    while (rank >= this.size && !this.#complete) this.#select(4 * this.#limit);
    return rank < this.size;
  }

  #select(max: number): void {
    this.#limit = max;
    if (max > INSERTION_MAX) this.#sortAll();
    else this.#insertAll(max);
  }

  #insertAll(max: number): void {
    if (this.order.length < max) this.order = new Int32Array(max);
    const { order } = this;
    const scores = this.#scores;
    let size = 0;
    let least = Number.NEGATIVE_INFINITY;
    this.#complete = true;
    for (let i = 0; i < this.#count; i++) {
      const score = scores[i]!;
      if (size === max) {
        if (!(score >= least)) {
          if (score > Number.NEGATIVE_INFINITY) this.#complete = false;
          continue;
        }
        this.#complete = false;
        if (score === least && !this.#before(i, order[max - 1]!)) continue;
        size--;
      } else if (!(score > Number.NEGATIVE_INFINITY)) continue;
      let at = size++;
      while (at > 0 && this.#before(i, order[at - 1]!)) {
        order[at] = order[at - 1]!;
        at--;
      }
      order[at] = i;
      least = scores[order[size - 1]!]!;
    }
    this.size = size;
  }

  #sortAll(): void {
    if (this.order.length < this.#count) this.order = new Int32Array(this.#count);
    let size = 0;
    for (let i = 0; i < this.#count; i++) if (this.#scores[i]! > Number.NEGATIVE_INFINITY) this.order[size++] = i;
    this.order.subarray(0, size).sort((a, b) => (this.#before(a, b) ? -1 : 1));
    this.size = size;
    this.#complete = true;
  }

  #before(a: number, b: number): boolean {
    const scores = this.#scores;
    if (scores[a]! !== scores[b]!) return scores[a]! > scores[b]!;
    const priorities = this.#priorities;
    return priorities[a]! !== priorities[b]! ? priorities[a]! > priorities[b]! : a < b;
  }
}
