/**
 * The listings that might be shown in one placement, and what has become of each: columns over candidates, reused from one
 * decision to the next. Scratch memory, not state.
 */
import type { DropReason, SourceName } from '@rialto/sdk';
import { ENTRIES_MAX, type Shortlist } from './shortlist.ts';

export const CANDIDATES_MAX = 1024;
/** Listings that are not sent to the buyer and yet are candidates, so that it can be told why they fall: more than can be pinned. */
const UNREACHABLE_MAX = 128;

/** Candidate sources; a candidate's `sources` has one bit for each that brought it. `sponsored` brings ads only. */
export const SOURCES = [
  'history',
  'together',
  'viewed-together',
  'neighbours',
  'recommended',
  'search',
  'similar',
  'category',
  'popular',
  'pinned',
  'sponsored',
] as const satisfies readonly (SourceName | 'pinned' | 'sponsored')[];
export type CandidateSource = (typeof SOURCES)[number];
export const sourceBit = (source: CandidateSource): number => 1 << SOURCES.indexOf(source);

export class Candidates {
  readonly #shortlist: Shortlist;
  size = 0;
  readonly listing = new Int32Array(CANDIDATES_MAX);
  /** Listings whose counts stand for theirs: they themselves, but for newcomers of whom none speak yet. */
  readonly counted = new Int32Array(CANDIDATES_MAX);
  /** Their entries in the decision's shortlist. */
  readonly entry = new Uint16Array(CANDIDATES_MAX);
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
  /** Which candidate the entry is, from 1 on; 0 where none. */
  readonly #places = new Uint16Array(ENTRIES_MAX + 1); // [entries]
  #ships: Uint8Array | undefined;
  #setOf: Int32Array | undefined;
  #unreachable = 0;

  constructor(shortlist: Shortlist) {
    this.#shortlist = shortlist;
  }

  /** Those that are sent to the buyer: what sources count. */
  get reachable(): number {
    return this.size - Math.min(this.#unreachable, UNREACHABLE_MAX);
  }

  /**
   * Forgets all candidates. The shortlist stays, and may hold more than they. Where `ships` is given, listings of sets (`setOf`) that it
   * has not leave their places to others.
   */
  begin(ships?: Uint8Array, setOf?: Int32Array): void {
    this.#ships = ships;
    this.#setOf = setOf;
    this.#unreachable = 0;
    for (let slot = 0; slot < this.size; slot++) this.#places[this.entry[slot]!] = 0;
    this.size = 0;
    this.ownCount = 0;
  }

  /**
   * Adds a listing, or marks the known one with a further source. Returns whether it is new; false too where all places are taken, and
   * of listings that are not sent to the buyer.
   */
  add(listing: number, source: number): boolean {
    const entry = this.#shortlist.enter(listing);
    const place = this.#places[entry]!;
    if (place !== 0) {
      this.sources[place - 1]! |= source;
      return false;
    }
    if (this.size === CANDIDATES_MAX || entry === 0) return false;
    const reaches = this.#ships === undefined || this.#ships[this.#setOf![listing]!] === 1;
    if (!reaches && ++this.#unreachable > UNREACHABLE_MAX) return false;
    const slot = this.size++;
    this.#places[entry] = this.size;
    this.listing[slot] = listing;
    this.counted[slot] = listing;
    this.entry[slot] = entry;
    this.sources[slot] = source;
    this.own[slot] = -1;
    this.score[slot] = 0;
    this.dropped[slot] = undefined;
    return reaches;
  }

  /** Notes where the buyer's dealings with a candidate are; once for each. */
  setOwn(slot: number, row: number): void {
    this.own[slot] = row;
    this.ownSlots[this.ownCount++] = slot;
  }

  /** The candidate that is this listing, or -1. */
  find(listing: number): number {
    return this.#places[this.#shortlist.find(listing)]! - 1;
  }

  /** The candidate that is this entry of the shortlist, or -1. */
  at(entry: number): number {
    return this.#places[entry]! - 1;
  }
}
