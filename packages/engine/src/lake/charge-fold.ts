/**
 * The part of the log's fold that money follows from: campaigns, the books of the ads, and which events were counted before. It
 * goes through the engine's own books by the same steps as the state (`delivery/apply.ts`), and a test keeps the two equal, so
 * that reports say what the state says. Kept between refreshes as a checkpoint in the lake.
 */
import type { Campaign, Listing } from '@rialto/sdk';
import { AdBooks, type GivenBack } from '../ads/ad-books.ts';
import type { Ledger } from '../ads/ledger.ts';
import { float64Column, int32Column } from '../base/column.ts';
import { Interner } from '../base/interner.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { millis } from '../base/units.ts';
import { type BookKeeping, bookEvent, bookPayment, bookRefund, type EventEntry } from '../delivery/keep-books.ts';
import { EVENT_AGE_MS_MAX, EVENT_AHEAD_MS_MAX } from '../delivery/state.ts';
import type { EventRecord, LogRecord } from '../log/record.ts';
import { Campaigns } from '../market/campaigns.ts';
import { SeenEvents } from '../market/seen-events.ts';

const NOWHERE = () => -1;

/** What a record put into the books. */
export type Entry =
  | EventEntry
  | { readonly kind: 'payment' }
  | { readonly kind: 'refund'; readonly givenBack: readonly GivenBack[] };

export class ChargeFold implements Part {
  readonly #books = new AdBooks();
  readonly #campaigns = new Campaigns();
  readonly #shops = new Interner('shops');
  readonly #listings = {
    ids: new Interner('listings'),
    shop: int32Column(-1), // [listings]
    priceMicros: float64Column(), // [listings]
  };
  readonly #keeping: BookKeeping = { books: this.#books, campaigns: this.#campaigns, listings: this.#listings };
  readonly #seen = new SeenEvents(EVENT_AGE_MS_MAX + EVENT_AHEAD_MS_MAX);
  #logTime = 0;
  /** Records applied. */
  offset = 0;

  get ledger(): Ledger {
    return this.#books.ledger;
  }

  /** What the record put into the books, if anything. */
  apply(record: LogRecord): Entry | undefined {
    this.offset++;
    this.#logTime = Math.max(this.#logTime, record.at);
    this.ledger.advance(millis(record.at));
    switch (record.kind) {
      case 'event':
        return this.#applyEvent(record);
      case 'payment':
        return bookPayment(this.#keeping, this.#shops.intern(record.payment.shop), record)
          ? { kind: 'payment' }
          : undefined;
      case 'refund':
        return { kind: 'refund', givenBack: bookRefund(this.#keeping, record) };
      case 'campaign':
        this.#putCampaign(record.entity);
        break;
      case 'listing':
        this.#putListing(record.entity);
        break;
      case 'shop':
        this.#books.accounts.put(this.#shops.intern(record.entity.id), record.entity);
        break;
      case 'experiment':
        this.#books.split.put(record.entity, this.#logTime);
        break;
      case 'settings':
        this.#books.setRules(record.entity.ads ?? {});
        break;
    }
    return undefined;
  }

  /** Without its listings: money does not ask for them. */
  #putCampaign(campaign: Campaign): void {
    this.#campaigns.put(
      { ...campaign, listings: [] },
      {
        listingOf: NOWHERE,
        shopOf: (id) => this.#shops.intern(id),
        wordsOf: () => [],
      },
    );
  }

  #putListing({ id, shop, priceMicros }: Listing): void {
    const { ids, ...columns } = this.#listings;
    const row = ids.intern(id);
    columns.shop.resize(row + 1);
    columns.priceMicros.resize(row + 1);
    columns.shop.data[row] = shop === undefined ? -1 : this.#shops.intern(shop);
    columns.priceMicros.data[row] = priceMicros;
  }

  #applyEvent(record: EventRecord): EventEntry | undefined {
    const { event } = record;
    if (!this.#seen.add(event.id, this.#logTime, record.imported === true)) return undefined;
    return bookEvent(this.#keeping, record);
  }

  /** The id of a campaign's row; undefined where it is unknown. */
  campaignId(row: number): string | undefined {
    return row < 0 ? undefined : this.#campaigns.documents.ids.text(row);
  }

  shopId(row: number): string | undefined {
    return row < 0 ? undefined : this.#shops.text(row);
  }

  listingId(row: number): string | undefined {
    return row < 0 ? undefined : this.#listings.ids.text(row);
  }

  save(out: SnapshotWriter): void {
    out.json('fold', [this.offset, this.#logTime]);
    for (const part of [this.#books, this.#campaigns, this.#shops, this.#seen, this.#listings.ids]) part.save(out);
    this.#listings.shop.save(out, 'listings.shop');
    this.#listings.priceMicros.save(out, 'listings.price');
  }

  load(from: SnapshotReader): void {
    [this.offset, this.#logTime] = from.json<[number, number]>('fold');
    for (const part of [this.#books, this.#shops, this.#seen, this.#listings.ids]) part.load(from);
    this.#campaigns.load(from);
    this.#listings.shop.load(from, 'listings.shop');
    this.#listings.priceMicros.load(from, 'listings.price');
  }
}
