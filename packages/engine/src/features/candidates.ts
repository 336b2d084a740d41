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
  /** Which candidate the listing is, from 1 on; 0 where none. Small, so that it stays near the processor. [listings] */
  #places = new Uint16Array(0);

  begin(listings: number): void {
    if (this.#places.length < listings) this.#places = new Uint16Array(Math.ceil(listings * 1.25) + 64);
    else for (let slot = 0; slot < this.size; slot++) this.#places[this.listing[slot]!] = 0;
    this.size = 0;
    this.ownCount = 0;
  }

  /** Adds a listing, or marks the known one with a further source. Returns whether it is new; false too where all places are taken. */
  add(listing: number, source: number): boolean {
    const place = this.#places[listing]!;
    if (place !== 0) {
      this.sources[place - 1]! |= source;
      return false;
    }
    if (this.size === CANDIDATES_MAX) return false;
    const slot = this.size++;
    this.#places[listing] = this.size;
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
    return this.#places[listing]! - 1;
  }
}
