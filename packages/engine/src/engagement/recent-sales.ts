/** Every order line and return of a listing in the last week, by when it happened: for claims that must be exact, not near. */

import { NumberLists } from '../base/number-lists.ts';
import type { SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { MILLIS_PER_DAY } from '../base/units.ts';
import { SLACK_MS } from './live-carts.ts';

export const WEEK_MS = 7 * MILLIS_PER_DAY;

export class RecentSales {
  /** Pairs of time and pieces in order of time, pieces negative where they came back. */
  readonly #sales = new NumberLists(); // [listings] of [sales × 2]
  #lastAt = 0;

  /** `pieces` below zero is a return. */
  note(listing: number, at: number, pieces: number): void {
    this.#lastAt = Math.max(this.#lastAt, at);
    const oldest = this.#lastAt - WEEK_MS - SLACK_MS;
    if (at < oldest) return;
    const list = this.#sales.own(listing);
    let from = 0;
    while (from < list.length && list[from]! < oldest) from += 2;
    if (from > 0) list.splice(0, from);
    let place = list.length;
    while (place > 0 && list[place - 2]! > at) place -= 2;
    if (place === list.length) list.push(at, pieces);
    else list.splice(place, 0, at, pieces);
  }

  /** Order lines in the week before `at`, less one for each return in it; and when the first of them was. */
  week(listing: number, at: number): { readonly sold: number; readonly oldestAt: number } {
    const list = this.#sales.get(listing);
    let sold = 0;
    let oldestAt = at;
    for (let i = 0; i < list.length; i += 2) {
      const soldAt = list[i]!;
      if (soldAt <= at - WEEK_MS || soldAt > at) continue;
      sold += list[i + 1]! > 0 ? 1 : -1;
      if (list[i + 1]! > 0) oldestAt = Math.min(oldestAt, soldAt);
    }
    return { sold: Math.max(0, sold), oldestAt };
  }

  /** Pieces sold after `since`, which must lie within the week, and whether any came back. */
  since(listing: number, since: number): { readonly pieces: number; readonly returned: boolean } {
    const list = this.#sales.get(listing);
    let pieces = 0;
    let returned = false;
    for (let i = 0; i < list.length; i += 2) {
      if (list[i]! <= since) continue;
      if (list[i + 1]! > 0) pieces += list[i + 1]!;
      else returned = true;
    }
    return { pieces, returned };
  }

  save(out: SnapshotWriter): void {
    this.#sales.save(out, 'recent-sales');
    out.json('recent-sales.last-at', this.#lastAt);
  }

  load(from: SnapshotReader): void {
    this.#sales.load(from, 'recent-sales');
    this.#lastAt = from.json<number>('recent-sales.last-at');
  }
}
