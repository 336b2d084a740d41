/**
 * The listings that one decision has to do with, numbered from 1 on in the order in which they are first named. What is noted of
 * them lies in small dense tables by that number, their entry, and so does the table that finds it: a decision waits for memory
 * of its own size, whatever that of the catalogue is. Scratch memory, not state.
 */

/** A request of 16 placements with full histories, carts and candidates names fewer. */
export const ENTRIES_MAX = 65_535;
const SLOTS_MIN = 8_192;
const SLOTS_MAX = 2 * (ENTRIES_MAX + 1);

export class Shortlist {
  size = 0;
  /** Listing rows; valid in [1, size]. */
  readonly listing = new Int32Array(ENTRIES_MAX + 1); // [entries]
  /** Entries by open addressing, 0 where the slot is free. At most half full. */
  readonly #table = new Uint16Array(SLOTS_MAX); // [#slots]
  #slots = SLOTS_MIN;
  #shift = shiftOf(SLOTS_MIN);

  /** Forgets all. */
  begin(): void {
    this.size = 0;
    this.#use(SLOTS_MIN);
  }

  /** An empty table of so many slots. */
  #use(slots: number): void {
    this.#table.fill(0, 0, Math.max(slots, this.#slots));
    this.#slots = slots;
    this.#shift = shiftOf(slots);
  }

  /** The listing's entry, made if new; 0 where all are taken. */
  enter(listing: number): number {
    const slot = this.#slotOf(listing);
    const known = this.#table[slot]!;
    return known === 0 ? this.#admit(listing, slot) : known;
  }

  /** The slot that the listing has, or would have. */
  #slotOf(listing: number): number {
    const table = this.#table;
    const mask = this.#slots - 1;
    let slot = Math.imul(listing, 0x9e3779b1) >>> this.#shift;
    for (let entry = table[slot]!; entry !== 0 && this.listing[entry] !== listing; entry = table[slot]!)
      slot = (slot + 1) & mask;
    return slot;
  }

  #admit(listing: number, slot: number): number {
    if (this.size === ENTRIES_MAX) return 0;
    const entry = ++this.size;
    this.listing[entry] = listing;
    this.#table[slot] = entry;
    if (2 * entry >= this.#slots && this.#slots < SLOTS_MAX) this.#grow();
    return entry;
  }

  #grow(): void {
    this.#use(2 * this.#slots);
    for (let entry = 1; entry <= this.size; entry++) this.#table[this.#slotOf(this.listing[entry]!)] = entry;
  }

  /** The listing's entry, or 0. */
  find(listing: number): number {
    return this.#table[this.#slotOf(listing)]!;
  }
}

/** Of a hash's 32 bits, those that are left number a slot. */
function shiftOf(slots: number): number {
  return 1 + Math.clz32(slots);
}
