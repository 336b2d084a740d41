/**
 * Marks on listings: bits that are gathered for each of at most `MARKS_MAX` listings, kept in the order in which these were met first.
 * A table with open addressing, which stays near the processor however large the catalogue is.
 */
export const MARKS_MAX = 4_096;
const SLOTS = 2 * MARKS_MAX;
const SHIFT = 32 - Math.log2(SLOTS);
/** Bits of a filter that tells of most listings that they have no mark, faster than the table does. */
const FILTER_BITS = 16 * MARKS_MAX;
const FILTER_SHIFT = 32 - Math.log2(FILTER_BITS);

export class ListingMarks {
  readonly #cells = new Int32Array(2 * SLOTS); // [slots × 2]: a listing's index + 1, or 0 where the slot is free; its mark
  readonly #slots = new Int32Array(MARKS_MAX); // [count]
  readonly #filter = new Int32Array(FILTER_BITS / 32);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Where the listing's mark is or would be, for `add`; −1 where it has none and there is room for no more. */
  find(listing: number): number {
    const cells = this.#cells;
    const hash = Math.imul(listing, 0x9e3779b1);
    if (this.#count === MARKS_MAX && !this.#mayHold(hash)) return -1;
    let slot = hash >>> SHIFT;
    for (let held = cells[2 * slot]!; held !== listing + 1; held = cells[2 * slot]!) {
      if (held === 0) return this.#count === MARKS_MAX ? -1 : slot;
      slot = (slot + 1) & (SLOTS - 1);
    }
    return slot;
  }

  #mayHold(hash: number): boolean {
    const bit = hash >>> FILTER_SHIFT;
    return (this.#filter[bit >> 5]! & (1 << (bit & 31))) !== 0;
  }

  add(slot: number, listing: number, bits: number): void {
    const cells = this.#cells;
    if (cells[2 * slot] !== 0) {
      cells[2 * slot + 1]! |= bits;
      return;
    }
    cells[2 * slot] = listing + 1;
    cells[2 * slot + 1] = bits;
    this.#slots[this.#count++] = slot;
    const bit = Math.imul(listing, 0x9e3779b1) >>> FILTER_SHIFT;
    this.#filter[bit >> 5]! |= 1 << (bit & 31);
  }

  listingAt(at: number): number {
    return this.#cells[2 * this.#slots[at]!]! - 1;
  }

  markAt(at: number): number {
    return this.#cells[2 * this.#slots[at]! + 1]!;
  }

  clear(): void {
    for (let at = 0; at < this.#count; at++) this.#cells[2 * this.#slots[at]!] = 0;
    this.#filter.fill(0);
    this.#count = 0;
  }
}
