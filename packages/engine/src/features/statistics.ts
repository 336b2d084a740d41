/**
 * What has happened to each listing, as integer counts: for ever, and in windows of 28 and 7 days.
 * Features and the popularity sources read it; only `Signals` writes it.
 */
import { type Column, float64Column, int32Column } from '../base/column.ts';
import { PairIndex } from '../base/pair-index.ts';
import type { SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import type { TypedArray } from '../base/typed-array.ts';
import { WindowedCounts } from './windowed-counts.ts';

export class Statistics {
  // Columns, all [listings]; shorter where the last listings have nothing yet.
  readonly purchases = int32Column();
  readonly pieces = float64Column();
  /** Buyers who have bought it, and those of them who have bought it more than once. */
  readonly buyers = int32Column();
  readonly repeatBuyers = int32Column();
  readonly impressions = int32Column();
  readonly clicks = int32Column();
  readonly views = int32Column();
  readonly carts = int32Column();
  readonly returns = int32Column();
  readonly lastSoldAt = float64Column();

  readonly bought28 = new WindowedCounts(28);
  readonly bought7 = new WindowedCounts(7);
  readonly viewed7 = new WindowedCounts(7);

  /** Purchases of a listing from a country: row of (country, listing) and its count. */
  readonly #ofCountry = new PairIndex();
  readonly #countryCount = int32Column();
  /** All purchases from the country. [countries] */
  readonly countryPurchases = int32Column();
  /** All purchases. */
  totalPurchases = 0;

  grow(listings: number): void {
    if (this.purchases.length >= listings) return;
    for (const [, column] of this.#columns()) column.resize(listings);
  }

  countPurchase(
    listing: number,
    purchase: { at: number; day: number; category: number; country: number; pieces: number },
  ): void {
    this.purchases.data[listing]!++;
    this.pieces.data[listing]! += purchase.pieces;
    this.lastSoldAt.data[listing] = Math.max(this.lastSoldAt.data[listing]!, purchase.at);
    this.totalPurchases++;
    for (const window of [this.bought28, this.bought7]) window.add(listing, purchase.category, purchase.day);
    if (purchase.country >= 0) this.#countCountry(purchase.country, listing);
  }

  #countCountry(country: number, listing: number): void {
    this.countryPurchases.resize(country + 1);
    this.countryPurchases.data[country]!++;
    let row = this.#ofCountry.find(country, listing);
    if (row < 0) {
      row = this.#countryCount.push(0);
      this.#ofCountry.add(country, listing, row);
    }
    this.#countryCount.data[row]!++;
  }

  /** Moves a listing to its new category in the windows' boards. */
  rehome(listing: number, category: number): void {
    for (const window of this.#windows()) window.rehome(listing, category);
  }

  purchasesFrom(country: number, listing: number): number {
    const row = this.#ofCountry.find(country, listing);
    return row < 0 ? 0 : this.#countryCount.data[row]!;
  }

  save(out: SnapshotWriter): void {
    for (const [name, column] of this.#columns()) column.save(out, `statistics.${name}`);
    for (const window of this.#windows())
      window.save(out, `statistics.${window === this.viewed7 ? 'viewed' : 'bought'}${window.days}`);
    this.#ofCountry.save(out, 'statistics.of-country');
    this.#countryCount.save(out, 'statistics.country-count');
    this.countryPurchases.save(out, 'statistics.country-purchases');
    out.json('statistics.total-purchases', this.totalPurchases);
  }

  load(from: SnapshotReader): void {
    for (const [name, column] of this.#columns()) column.load(from, `statistics.${name}`);
    for (const window of this.#windows())
      window.load(from, `statistics.${window === this.viewed7 ? 'viewed' : 'bought'}${window.days}`);
    this.#ofCountry.load(from, 'statistics.of-country');
    this.#countryCount.load(from, 'statistics.country-count');
    this.countryPurchases.load(from, 'statistics.country-purchases');
    this.totalPurchases = from.json<number>('statistics.total-purchases');
  }

  #windows(): WindowedCounts[] {
    return [this.bought28, this.bought7, this.viewed7];
  }

  #columns(): [string, Column<TypedArray>][] {
    return [
      ['purchases', this.purchases],
      ['pieces', this.pieces],
      ['buyers', this.buyers],
      ['repeat-buyers', this.repeatBuyers],
      ['impressions', this.impressions],
      ['clicks', this.clicks],
      ['views', this.views],
      ['carts', this.carts],
      ['returns', this.returns],
      ['last-sold-at', this.lastSoldAt],
    ] as [string, Column<TypedArray>][];
  }
}
