/**
 * Whose cart a listing is in: of each buyer and listing the latest of cart-add, cart-remove and purchase by the time it happened, in
 * whatever order they arrive; of two at one time the one that arrived later. A cart counts for a day after the listing was put there.
 * Somebody who cannot be told apart has no cart here: a count of carts must not count one person twice.
 *
 * Of a listing that everybody wants, or that somebody floods with carts, the latest touches are known and no others: what one event and
 * one decision cost stays bounded, and the count is smaller than the truth, never larger.
 */
import { type Hash64, hash64 } from '../base/hash.ts';
import { NumberLists } from '../base/number-lists.ts';
import type { SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { MILLIS_PER_DAY } from '../base/units.ts';

export const CART_LIFE_MS = MILLIS_PER_DAY;
/** What is forgotten is older than a cart's life by so much: events may be ahead of the clock by a little. */
export const SLACK_MS = 3_600_000;
/** Of one listing. */
export const TOUCHES_MAX = 1_024;

const scratch: Hash64 = { high: 0, low: 0 };

/** Who has the cart, from the key that tells buyers apart: 52 bits, which two people share about never, and then count as one. */
export function holderOf(key: string): number {
  hash64(key, scratch);
  return scratch.high * 2 ** 20 + (scratch.low >>> 12);
}

interface Touch {
  readonly listing: number;
  readonly holder: number;
  readonly at: number;
  /** Put in, or taken out or bought. */
  readonly held: boolean;
}

export class LiveCarts {
  /** Pairs of holder and time, the time negative where it was taken out. */
  readonly #touches = new NumberLists(); // [listings] of [touches × 2]
  #lastAt = 0;

  note({ listing, holder, at, held }: Touch): void {
    this.#lastAt = Math.max(this.#lastAt, at);
    const oldest = this.#lastAt - CART_LIFE_MS - SLACK_MS;
    const list = this.#touches.own(listing);
    let kept = 0;
    let before = 0;
    for (let i = 0; i < list.length; i += 2) {
      const touchedAt = Math.abs(list[i + 1]!);
      if (list[i] === holder) before = Math.max(before, touchedAt);
      if (touchedAt < oldest || (list[i] === holder && touchedAt <= at)) continue;
      list[kept++] = list[i]!;
      list[kept++] = list[i + 1]!;
    }
    list.length = kept;
    const full = kept >= 2 * TOUCHES_MAX;
    // Of a late one nobody knows any more whether its holder has taken the listing out since.
    if (at >= before && at >= oldest && !(full && at < Math.abs(list[1]!))) {
      if (full) list.splice(0, 2);
      list.push(holder, held ? at : -at);
    }
    if (list.length === 0) this.#touches.delete(listing);
  }

  /** Takes somebody out of all carts, whatever was in them. */
  forget(holder: number): void {
    for (const listing of this.#touches.rows()) {
      const list = this.#touches.own(listing);
      for (let i = list.length - 2; i >= 0; i -= 2) if (list[i] === holder) list.splice(i, 2);
      if (list.length === 0) this.#touches.delete(listing);
    }
  }

  /** How many have it in their cart at `at`, without `except`, and since when the oldest of them. */
  count(listing: number, at: number, except: readonly number[]): { readonly carts: number; readonly oldestAt: number } {
    const list = this.#touches.get(listing);
    let carts = 0;
    let oldestAt = at;
    for (let i = 0; i < list.length; i += 2) {
      const heldSince = list[i + 1]!;
      if (except.includes(list[i]!) || heldSince <= at - CART_LIFE_MS || heldSince > at) continue;
      carts++;
      oldestAt = Math.min(oldestAt, heldSince);
    }
    return { carts, oldestAt };
  }

  save(out: SnapshotWriter): void {
    this.#touches.save(out, 'live-carts');
    out.json('live-carts.last-at', this.#lastAt);
  }

  load(from: SnapshotReader): void {
    this.#touches.load(from, 'live-carts');
    this.#lastAt = from.json<number>('live-carts.last-at');
  }
}
