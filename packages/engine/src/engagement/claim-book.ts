/** What urgency claims are proved with, as a part of the state: carts, sales, stock and prices. Only records change it. */

import { NumberLists } from '../base/number-lists.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { MILLIS_PER_DAY } from '../base/units.ts';
import { LiveCarts } from './live-carts.ts';
import { PriceHistory } from './price-history.ts';
import { RecentSales } from './recent-sales.ts';

export interface StockReport {
  readonly quantity: number;
  /** When it was counted. */
  readonly at: number;
}

export class ClaimBook implements Part {
  readonly carts = new LiveCarts();
  readonly sales = new RecentSales();
  readonly prices = new PriceHistory();
  readonly #stock = new NumberLists(); // [listings] of quantity, time

  /** What the seller last said; nothing takes it back. */
  setStock(listing: number, report: StockReport | undefined): void {
    if (!report) {
      this.#stock.delete(listing);
      return;
    }
    const cells = this.#stock.own(listing);
    cells[0] = report.quantity;
    cells[1] = report.at;
  }

  stock(listing: number): StockReport | undefined {
    const [quantity, at] = this.#stock.get(listing);
    return quantity === undefined || at === undefined ? undefined : { quantity, at };
  }

  /** Whether the same count, made again at `at`, says anything new: pieces went or came since the last one, or a day has passed. */
  recounts(listing: number, at: number): boolean {
    const report = this.stock(listing);
    if (!report) return false;
    const { pieces, returned } = this.sales.since(listing, report.at);
    return pieces > 0 || returned || at - report.at >= MILLIS_PER_DAY;
  }

  save(out: SnapshotWriter): void {
    for (const part of [this.carts, this.sales, this.prices]) part.save(out);
    this.#stock.save(out, 'stock');
  }

  load(from: SnapshotReader): void {
    for (const part of [this.carts, this.sales, this.prices]) part.load(from);
    this.#stock.load(from, 'stock');
  }
}
