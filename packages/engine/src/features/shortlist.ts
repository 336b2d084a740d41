/**
 * The listings that one decision has to do with, numbered from 1 on in the order in which they are first named. What is noted of
 * them lies in small dense tables by that number, their entry: so a decision waits for one table of the catalogue's length, and
 * not for one for each thing that it notes. Scratch memory, not state.
 */
import { assert } from '../base/assert.ts';

/** A request of 16 placements with full histories, carts and candidates names fewer. */
export const ENTRIES_MAX = 65_535;

export class Shortlist {
  size = 0;
  /** Listing rows; valid in [1, size]. */
  readonly listing = new Int32Array(ENTRIES_MAX + 1); // [entries]
  /** The entry of a listing, 0 for none. Small cells, so that much of it stays near the processor. */
  #entries = new Uint16Array(0); // [listings]

  /** Forgets all and makes room for `listings` rows. */
  begin(listings: number): void {
    const entries = this.#entries;
    if (entries.length < listings) this.#entries = new Uint16Array(Math.ceil(listings * 1.25) + 64);
    else for (let entry = 1; entry <= this.size; entry++) entries[this.listing[entry]!] = 0;
    this.size = 0;
  }

  /** The listing's entry, made if new; 0 where all are taken. */
  enter(listing: number): number {
    const known = this.#entries[listing]!;
    return known === 0 ? this.#admit(listing) : known;
  }

  #admit(listing: number): number {
    assert(listing < this.#entries.length, 'the shortlist was begun for fewer listings', listing);
    if (this.size === ENTRIES_MAX) return 0;
    const entry = ++this.size;
    this.#entries[listing] = entry;
    this.listing[entry] = listing;
    return entry;
  }

  /** The listing's entry, or 0. */
  find(listing: number): number {
    return this.#entries[listing]!;
  }
}
