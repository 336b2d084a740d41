/**
 * What has happened to each listing, as integer counts: for ever, and in windows of 28 and 7 days.
 * Features and the popularity sources read it; only `Signals` writes it.
 */

import { int32Column } from '../base/column.ts';
import type { SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { MILLIS_PER_HOUR } from '../base/units.ts';
import { CountryCounts } from './country-counts.ts';
import {
  BOUGHT_7,
  BOUGHT_28,
  LAST_SOLD_HOUR,
  ListingCounters,
  PIECES,
  PURCHASES,
  VIEWED_7,
  VIEWS,
} from './listing-counters.ts';
import { WindowedCounts } from './windowed-counts.ts';

export class Statistics {
  readonly counters = new ListingCounters();
  readonly bought28 = new WindowedCounts(28, this.counters, BOUGHT_28);
  readonly bought7 = new WindowedCounts(7, this.counters, BOUGHT_7);
  readonly viewed7 = new WindowedCounts(7, this.counters, VIEWED_7);

  readonly boughtFrom = new CountryCounts();
  /** All purchases from the country. [countries] */
  readonly countryPurchases = int32Column();
  /** All purchases. */
  totalPurchases = 0;

  /** All purchases to seven binary digits, down: within 1.6 %, and seldom another number. */
  get purchasesRounded(): number {
    const digits = 31 - Math.clz32(Math.min(this.totalPurchases, 0xffffffff));
    const unit = 2 ** Math.max(0, digits - 6);
    return this.totalPurchases - (this.totalPurchases % unit);
  }

  countPurchase(
    listing: number,
    purchase: { at: number; day: number; category: number; country: number; pieces: number },
  ): void {
    this.counters.add(listing, PURCHASES, 1);
    this.counters.add(listing, PIECES, purchase.pieces);
    this.counters.raise(listing, LAST_SOLD_HOUR, Math.floor(purchase.at / MILLIS_PER_HOUR));
    this.totalPurchases++;
    this.bought28.add(listing, purchase.category, purchase.day);
    this.bought7.add(listing, purchase.category, purchase.day);
    if (purchase.country >= 0) this.#countCountry(purchase.country, listing);
  }

  countView(listing: number, category: number, day: number): void {
    this.counters.add(listing, VIEWS, 1);
    this.viewed7.add(listing, category, day);
  }

  #countCountry(country: number, listing: number): void {
    this.countryPurchases.resize(country + 1);
    this.countryPurchases.data[country]!++;
    this.boughtFrom.add(country, listing);
  }

  /** Moves a listing to its new category in the windows' boards. */
  rehome(listing: number, category: number): void {
    for (const [, window] of this.#windows()) window.rehome(listing, category);
  }

  save(out: SnapshotWriter): void {
    this.counters.save(out);
    for (const [name, window] of this.#windows()) window.save(out, `statistics.${name}`);
    this.boughtFrom.save(out, 'statistics.bought-from');
    this.countryPurchases.save(out, 'statistics.country-purchases');
    out.json('statistics.total-purchases', this.totalPurchases);
  }

  load(from: SnapshotReader): void {
    this.counters.load(from);
    for (const [name, window] of this.#windows()) window.load(from, `statistics.${name}`);
    this.boughtFrom.load(from, 'statistics.bought-from');
    this.countryPurchases.load(from, 'statistics.country-purchases');
    this.totalPurchases = from.json<number>('statistics.total-purchases');
  }

  #windows() {
    return [
      ['bought-28', this.bought28],
      ['bought-7', this.bought7],
      ['viewed-7', this.viewed7],
    ] as const;
  }
}
