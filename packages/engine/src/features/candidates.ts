/**
 * The listings that might be shown in one placement, and what has become of each: columns over candidates, reused from one
 * decision to the next. Scratch memory, not state.
 */
import type { DropReason, SourceName } from '@rialto/sdk';

export const CANDIDATES_MAX = 1024;

/** Candidate sources; a candidate's `sources` has one bit for each that brought it. `sponsored` brings ads only. */
export const SOURCES = [
  'history',
  'together',
  'viewed-together',
  'neighbours',
  'search',
  'category',
  'popular',
  'pinned',
  'sponsored',
] as const satisfies readonly (SourceName | 'pinned' | 'sponsored')[];
export type CandidateSource = (typeof SOURCES)[number];
export const sourceBit = (source: CandidateSource): number => 1 << SOURCES.indexOf(source);

export class Candidates {
  size = 0;
  readonly listing = new Int32Array(CANDIDATES_MAX);
  readonly sources = new Uint16Array(CANDIDATES_MAX);
  /** Row of the buyer's dealings with it in `Interactions`, or -1. */
  readonly own = new Int32Array(CANDIDATES_MAX);
  /** The candidates whose `own` is not -1; valid in [0, ownCount). */
  readonly ownSlots = new Int32Array(CANDIDATES_MAX);
  ownCount = 0;
  /** The ranker's log-odds. */
  readonly score = new Float64Array(CANDIDATES_MAX);
  /** Why it is not shown among the organic items; undefined while it may be. */
  readonly dropped: (DropReason | undefined)[] = new Array(CANDIDATES_MAX).fill(undefined);
  /** A stamp and the candidate that the listing is, side by side. [2 × listings] */
  #stamps = new Uint32Array(0);
  #epoch = 0;

  begin(listings: number): void {
    if (this.#stamps.length < 2 * listings) {
      this.#stamps = new Uint32Array(2 * (Math.ceil(listings * 1.25) + 64));
      this.#epoch = 0;
    }
    this.#epoch++;
    if (this.#epoch === 0xffffffff) {
      this.#stamps.fill(0);
      this.#epoch = 1;
    }
    this.size = 0;
    this.ownCount = 0;
  }

  /** Adds a listing, or marks the known one with a further source. Returns whether it is new; false too where all places are taken. */
  add(listing: number, source: number): boolean {
    if (this.#stamps[2 * listing] === this.#epoch) {
      this.sources[this.#stamps[2 * listing + 1]!]! |= source;
      return false;
    }
    if (this.size === CANDIDATES_MAX) return false;
    const slot = this.size++;
    this.#stamps[2 * listing] = this.#epoch;
    this.#stamps[2 * listing + 1] = slot;
    this.listing[slot] = listing;
    this.sources[slot] = source;
    this.own[slot] = -1;
    this.score[slot] = 0;
    this.dropped[slot] = undefined;
    return true;
  }

  /** Notes where the buyer's dealings with a candidate are; once for each. */
  setOwn(slot: number, row: number): void {
    this.own[slot] = row;
    this.ownSlots[this.ownCount++] = slot;
  }

  /** The candidate that is this listing, or -1. */
  find(listing: number): number {
    return this.#stamps[2 * listing] === this.#epoch ? this.#stamps[2 * listing + 1]! : -1;
  }
}
