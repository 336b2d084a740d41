/**
 * The best of the listings that are marked, where a mark decides the score. Many listings share a mark, so each mark is scored once
 * and counted; from the best mark on as many listings are taken as are asked for, and only these are sorted.
 * Of equal scores the higher listing index comes first: the newer listing.
 */
import { type ListingMarks, MARKS_MAX } from './listing-marks.ts';

const SLOTS = 2 * MARKS_MAX;
const SHIFT = 32 - Math.log2(SLOTS);

/** Which half of a 64-bit cell is its low word, in the byte order of this machine. */
const LOW = new Uint32Array(BigUint64Array.of(1n).buffer)[0] === 1 ? 0 : 1;
const HIGH = 1 - LOW;

/** Numbers to sort by a score, of 0 or more, whose bits are in the high word, so that they are ordered as the scores are. */
class ScoredNumbers {
  readonly #cells = new BigUint64Array(MARKS_MAX);
  readonly #numbers = new Uint32Array(this.#cells.buffer);
  readonly #scores = new Float32Array(this.#cells.buffer);
  count = 0;

  add(number: number, score: number): void {
    this.#numbers[2 * this.count + LOW] = number;
    this.#scores[2 * this.count + HIGH] = score;
    this.count++;
  }

  /** Ascending by score, and of equal scores by number. */
  sort(): void {
    this.#cells.subarray(0, this.count).sort();
  }

  numberAt(at: number): number {
    return this.#numbers[2 * at + LOW]!;
  }

  scoreAt(at: number): number {
    return this.#scores[2 * at + HIGH]!;
  }
}

export class BestMarked {
  // A table with open addressing of the marks that were met.
  readonly #marks = new Int32Array(SLOTS); // 0 where the slot is free
  readonly #scores = new Float32Array(SLOTS);
  readonly #counts = new Int32Array(SLOTS);
  readonly #distinct = new ScoredNumbers(); // the slots of the marks
  readonly #slotOf = new Int32Array(MARKS_MAX); // of each listing's mark
  readonly #best = new ScoredNumbers();

  /** Best first into the caller's arrays, which hold `limit`; returns how many. `scoreOf` gives 0 or more for a mark, which is not 0. */
  take(
    marks: ListingMarks,
    scoreOf: (mark: number) => number,
    limit: number,
    listings: Int32Array,
    scores: Float32Array,
  ): number {
    for (let i = 0; i < marks.count; i++) this.#slotOf[i] = this.#count(marks.markAt(i), scoreOf);
    const least = this.#leastTaken(limit);
    const best = this.#best;
    best.count = 0;
    for (let i = 0; i < marks.count; i++) {
      const score = this.#scores[this.#slotOf[i]!]!;
      if (score >= least) best.add(marks.listingAt(i), score);
    }
    best.sort();
    const taken = Math.min(limit, best.count);
    for (let i = 0; i < taken; i++) {
      listings[i] = best.numberAt(best.count - 1 - i);
      scores[i] = best.scoreAt(best.count - 1 - i);
    }
    return taken;
  }

  /** Counts a listing with this mark, and returns the mark's slot. */
  #count(mark: number, scoreOf: (mark: number) => number): number {
    let slot = Math.imul(mark, 0x9e3779b1) >>> SHIFT;
    for (let held = this.#marks[slot]!; held !== mark; held = this.#marks[slot]!) {
      if (held === 0) {
        this.#marks[slot] = mark;
        this.#counts[slot] = 0;
        this.#scores[slot] = scoreOf(mark);
        this.#distinct.add(slot, this.#scores[slot]!);
        break;
      }
      slot = (slot + 1) & (SLOTS - 1);
    }
    this.#counts[slot]!++;
    return slot;
  }

  /** The score from which on there are `limit` listings, or all of them. Empties the table, but for what its slots hold of scores. */
  #leastTaken(limit: number): number {
    const distinct = this.#distinct;
    distinct.sort();
    let least = Infinity;
    let taken = 0;
    for (let i = distinct.count - 1; i >= 0; i--) {
      const slot = distinct.numberAt(i);
      this.#marks[slot] = 0;
      if (taken < limit) least = this.#scores[slot]!;
      taken += this.#counts[slot]!;
    }
    distinct.count = 0;
    return least;
  }
}
