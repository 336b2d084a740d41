/**
 * The prices that a listing has had, and what it may be said to have cost before: the lowest price of the thirty days before its
 * latest reduction, as article 6a of Directive 98/6/EC (the "Omnibus" rule) has it. So a price that was raised for a day in order to
 * be cut makes no claim.
 */

import { NumberLists } from '../base/number-lists.ts';
import type { SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { MILLIS_PER_DAY } from '../base/units.ts';

const REFERENCE_MS = 30 * MILLIS_PER_DAY;

export interface PriceDrop {
  /** The lowest of the thirty days before. */
  readonly formerMicros: number;
  readonly priceMicros: number;
  readonly droppedAt: number;
  /** For how long before the drop the listing had a price. */
  readonly pricedForMs: number;
}

export class PriceHistory {
  /** Pairs of time and price, of listings whose price has changed. Ages go with the last reference before them. */
  readonly #prices = new NumberLists(); // [listings] of [prices × 2]
  /** When the listing's price was first known. */
  readonly #firstAt = new NumberLists(); // [listings] of one

  /** `before` is the price so far, since `firstAt` where it never changed. */
  note(
    listing: number,
    at: number,
    price: { readonly before: number; readonly now: number; readonly firstAt: number },
  ): void {
    if (price.before === price.now) return;
    const list = this.#prices.own(listing);
    if (list.length === 0) {
      list.push(price.firstAt, price.before);
      this.#firstAt.own(listing).push(price.firstAt);
    }
    // A clock that jumped back does not undo the order of the log.
    const changedAt = Math.max(at, list.at(-2)!);
    let from = 0;
    while (from + 2 < list.length && list[from + 2]! < changedAt - 3 * REFERENCE_MS) from += 2;
    if (from > 0) list.splice(0, from);
    list.push(changedAt, price.now);
  }

  /** The latest change, where it was a reduction below every price of the thirty days before. */
  drop(listing: number): PriceDrop | undefined {
    const list = this.#prices.get(listing);
    if (list.length < 4) return undefined;
    const droppedAt = list.at(-2)!;
    const priceMicros = list.at(-1)!;
    let formerMicros = Number.POSITIVE_INFINITY;
    for (let i = list.length - 4; i >= 0; i -= 2) {
      formerMicros = Math.min(formerMicros, list[i + 1]!);
      if (list[i]! <= droppedAt - REFERENCE_MS) break;
    }
    if (formerMicros <= priceMicros) return undefined;
    return { formerMicros, priceMicros, droppedAt, pricedForMs: droppedAt - this.#firstAt.get(listing)[0]! };
  }

  save(out: SnapshotWriter): void {
    this.#prices.save(out, 'price-history');
    this.#firstAt.save(out, 'price-history.first-at');
  }

  load(from: SnapshotReader): void {
    this.#prices.load(from, 'price-history');
    this.#firstAt.load(from, 'price-history.first-at');
  }
}
