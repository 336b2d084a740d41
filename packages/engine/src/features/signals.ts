/**
 * Everything that features count, and the one place where an event is counted: a purchase, a view, a cart.
 * Every number is an integer and every sum exact, so the same events give the same signals.
 */
import { assert } from '../base/assert.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { dayOf, type Millis } from '../base/units.ts';
import type { Market } from '../market/market.ts';
import { Embedding } from './embedding.ts';
import {
  BUYERS,
  CARTS,
  CLICKS,
  IMPRESSIONS,
  LOG_PRICE,
  LOG_PRICE_STEPS,
  RATING_HUNDREDTHS,
  REPEAT_BUYERS,
  RETURNS,
  REVIEWS,
} from './listing-counters.ts';
import { logPriceOf } from './scales.ts';
import { Statistics } from './statistics.ts';
import { Together } from './together.ts';

/** Lines of an order that a new line is paired with: the latest, so that an order of a thousand lines costs no million pairs. */
const ORDER_PAIRS_MAX = 20;
/** Lines of the same order that are walked over in search of the order before. */
const ORDER_WALK_MAX = 60;
/** Lines of the order before that a new line is said to follow. */
const NEXT_PAIRS_MAX = 12;
/** Views that a new view is paired with, and how long ago they may be. */
const VIEW_PAIRS_MAX = 6;
const VISIT_MS = 3_600_000;

export interface Purchase {
  readonly buyer: number;
  readonly listing: number;
  readonly order: string;
  readonly at: Millis;
  readonly quantity: number;
  readonly priceMicros: number;
}

export class Signals implements Part {
  readonly statistics = new Statistics();
  readonly together = new Together();
  /** What a buyer's next order holds, after this listing was in the one before. */
  readonly nextOrder = new Together();
  readonly viewedTogether = new Together();
  readonly embedding = new Embedding();
  /** The latest time at which anything happened. */
  lastEventAt = 0;

  #observe(at: Millis, listing: number): number {
    assert(listing >= 0, 'an event must name a known listing');
    this.lastEventAt = Math.max(this.lastEventAt, at);
    return dayOf(this.lastEventAt as Millis);
  }

  /** A listing was saved, new or not. */
  listed({ listings }: Market, listing: number): void {
    const { counters } = this.statistics;
    counters.grow(listings.size);
    counters.set(listing, LOG_PRICE, Math.round(LOG_PRICE_STEPS * logPriceOf(listings.priceMicros.data[listing]!)));
  }

  /** A review of the listing was saved, changed or moved away. */
  reviewed({ reviews }: Market, listing: number): void {
    const { counters } = this.statistics;
    counters.set(listing, RATING_HUNDREDTHS, reviews.ratingHundredths.data[listing]!);
    counters.set(listing, REVIEWS, reviews.count.data[listing]!);
  }

  purchase(market: Market, purchase: Purchase): void {
    const { buyer, listing, at } = purchase;
    const day = this.#observe(at, listing);
    const order = market.buyers.countLine(buyer, purchase);
    const { interactions } = market;
    this.#pairWithOrders(market, buyer, listing, order);
    const row = interactions.touch(buyer, listing);
    const times = interactions.purchases.data[row]!;
    if (times === 0) {
      interactions.firstPurchaseAt.data[row] = at;
      this.statistics.counters.add(listing, BUYERS, 1);
    } else {
      market.buyers.repeatLines.data[buyer]!++;
      if (times === 1) this.statistics.counters.add(listing, REPEAT_BUYERS, 1);
    }
    interactions.purchases.data[row] = times + 1;
    interactions.pieces.data[row]! += purchase.quantity;
    interactions.lastOrder.data[row] = order;
    interactions.lastPurchaseAt.data[row] = Math.max(interactions.lastPurchaseAt.data[row]!, at);
    this.statistics.countPurchase(listing, {
      at,
      day,
      category: market.listings.category.data[listing]!,
      country: market.buyers.country.data[buyer]!,
      pieces: purchase.quantity,
    });
  }

  /** The buyer's list has this order's lines in front, the latest first; then what was viewed since the order before, and its lines. */
  #pairWithOrders({ interactions }: Market, buyer: number, listing: number, order: number): void {
    let row = interactions.first(buyer);
    for (let i = 0; row >= 0 && interactions.lastOrder.data[row] === order; i++) {
      const other = interactions.listing.data[row]!;
      if (other !== listing && i < ORDER_PAIRS_MAX) this.together.add(listing, other);
      row = interactions.next.data[row]!;
      if (i === ORDER_WALK_MAX) return;
    }
    if (order === 1) return;
    let paired = 0;
    for (let i = 0; i < ORDER_WALK_MAX && paired < NEXT_PAIRS_MAX && row >= 0; i++) {
      const lastOrder = interactions.lastOrder.data[row]!;
      if (lastOrder === order - 1) {
        this.nextOrder.addOneWay(interactions.listing.data[row]!, listing);
        paired++;
      } else if (lastOrder > 0 && interactions.lastViewAt.data[row]! <= interactions.lastPurchaseAt.data[row]!) return;
      row = interactions.next.data[row]!;
    }
  }

  view(market: Market, buyer: number, listing: number, at: Millis): void {
    const day = this.#observe(at, listing);
    this.statistics.countView(listing, market.listings.category.data[listing]!, day);
    if (buyer < 0) return;
    const { interactions } = market;
    let other = interactions.first(buyer);
    for (let i = 0; i < VIEW_PAIRS_MAX && other >= 0; i++) {
      const viewedAt = interactions.lastViewAt.data[other]!;
      if (viewedAt === 0 || Math.abs(at - viewedAt) > VISIT_MS) break;
      if (interactions.listing.data[other] !== listing)
        this.viewedTogether.add(listing, interactions.listing.data[other]!);
      other = interactions.next.data[other]!;
    }
    const row = interactions.touch(buyer, listing);
    interactions.views.data[row]!++;
    interactions.lastViewAt.data[row] = Math.max(interactions.lastViewAt.data[row]!, at);
  }

  impression(listing: number, at: Millis): void {
    this.#observe(at, listing);
    this.statistics.counters.add(listing, IMPRESSIONS, 1);
  }

  click(market: Market, buyer: number, listing: number, at: Millis): void {
    this.#observe(at, listing);
    this.statistics.counters.add(listing, CLICKS, 1);
    this.view(market, buyer, listing, at);
  }

  cartAdd(market: Market, buyer: number, listing: number, at: Millis): void {
    this.#observe(at, listing);
    this.statistics.counters.add(listing, CARTS, 1);
    if (buyer < 0) return;
    // The row first: making it may replace the column's data.
    const row = market.interactions.touch(buyer, listing);
    market.interactions.carts.data[row]!++;
  }

  /** Takes one cart back; never below zero, for a removal may come without its addition. */
  cartRemove(market: Market, buyer: number, listing: number): void {
    const row = buyer < 0 ? -1 : market.interactions.find(buyer, listing);
    if (row >= 0 && market.interactions.carts.data[row]! > 0) market.interactions.carts.data[row]!--;
  }

  hide(market: Market, buyer: number, listing: number): void {
    if (buyer < 0) return;
    const row = market.interactions.touch(buyer, listing);
    market.interactions.hidden.data[row] = 1;
  }

  returned(listing: number, at: Millis, quantity: number): void {
    this.#observe(at, listing);
    this.statistics.counters.add(listing, RETURNS, quantity);
  }

  save(out: SnapshotWriter): void {
    this.statistics.save(out);
    this.together.save(out, 'together');
    this.nextOrder.save(out, 'next-order');
    this.viewedTogether.save(out, 'viewed-together');
    this.embedding.save(out);
    out.json('signals.last-event-at', this.lastEventAt);
  }

  load(from: SnapshotReader): void {
    this.statistics.load(from);
    this.together.load(from, 'together');
    this.nextOrder.load(from, 'next-order');
    this.viewedTogether.load(from, 'viewed-together');
    this.embedding.load(from);
    this.lastEventAt = from.json<number>('signals.last-event-at');
  }
}
