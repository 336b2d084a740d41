/** Campaigns in columns, and which campaigns advertise a listing. */
import type { Campaign } from '@rialto/sdk';
import { float64Column, int32Column, uint8Column } from '../base/column.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { Documents } from './documents.ts';

const NO_END = Number.MAX_SAFE_INTEGER;

export class Campaigns implements Part {
  readonly documents = new Documents<Campaign>('campaigns');

  // Columns, all [campaigns].
  readonly bidMicros = float64Column();
  readonly dailyBudgetMicros = float64Column();
  readonly active = uint8Column();
  readonly startsAt = float64Column();
  readonly endsAt = float64Column();
  readonly shop = int32Column(-1);
  /** Placement ids it is limited to, or null for all. Rebuilt from the documents on load. */
  readonly placements: (ReadonlySet<string> | null)[] = [];
  /** Rows of the listings it advertises. */
  readonly listings: Int32Array[] = [];
  /** Undefined where no campaign ever advertised it. [listings], shorter where the last have none */
  readonly #ofListing: (readonly number[] | undefined)[] = [];
  /** 1 where some campaign advertises it. [listings], shorter where the last have none. Rebuilt on load. */
  readonly #advertised = uint8Column();

  get size(): number {
    return this.documents.size;
  }

  put(campaign: Campaign, listingOf: (id: string) => number, shopOf: (id: string) => number): void {
    const before = this.documents.ids.find(campaign.id);
    if (before >= 0) for (const listing of this.listings[before]!) this.#unlink(listing, before);
    const row = this.documents.put(campaign.id, campaign);
    for (const column of [this.bidMicros, this.dailyBudgetMicros, this.active, this.startsAt, this.endsAt, this.shop])
      column.resize(row + 1);
    this.bidMicros.data[row] = campaign.bidMicros;
    this.dailyBudgetMicros.data[row] = campaign.dailyBudgetMicros;
    this.active.data[row] = campaign.status === 'paused' ? 0 : 1;
    this.startsAt.data[row] = campaign.startsAt ?? 0;
    this.endsAt.data[row] = campaign.endsAt ?? NO_END;
    this.shop.data[row] = shopOf(campaign.shop);
    this.#link(row, campaign, listingOf);
  }

  #link(row: number, campaign: Campaign, listingOf: (id: string) => number): void {
    this.placements[row] = campaign.placements ? new Set(campaign.placements) : null;
    this.listings[row] = Int32Array.from(new Set(campaign.listings.map(listingOf)));
    for (const listing of this.listings[row]!) {
      // Sorted, so that the order is the same whether the links grew or were made again on load.
      if (listing < 0) continue;
      this.#advertised.resize(listing + 1);
      while (this.#ofListing.length <= listing) this.#ofListing.push(undefined);
      const campaigns = this.#ofListing[listing];
      this.#ofListing[listing] =
        campaigns === undefined
          ? [row]
          : campaigns.toSpliced(campaigns.findLastIndex((other) => other < row) + 1, 0, row);
      this.#advertised.data[listing] = 1;
    }
  }

  #unlink(listing: number, row: number): void {
    if (listing < 0) return;
    const left = this.#ofListing[listing]!.filter((campaign) => campaign !== row);
    this.#ofListing[listing] = left.length > 0 ? left : undefined;
    if (left.length === 0) this.#advertised.data[listing] = 0;
  }

  /** Whether any campaign advertises the listing. */
  advertises(listing: number): boolean {
    return listing < this.#advertised.length && this.#advertised.data[listing] === 1;
  }

  /** Rows of the campaigns that advertise the listing. */
  ofListing(listing: number): readonly number[] {
    return this.#ofListing[listing] ?? NONE;
  }

  save(out: SnapshotWriter): void {
    this.documents.save(out);
    for (const [name, column] of this.#columns()) column.save(out, name);
  }

  /** `listingOf` as in `put`: the links are made again from the documents. */
  load(from: SnapshotReader, listingOf: (id: string) => number = () => -1): void {
    this.documents.load(from);
    for (const [name, column] of this.#columns()) column.load(from, name);
    for (let row = 0; row < this.size; row++) this.#link(row, this.documents.at(row), listingOf);
  }

  #columns() {
    return [
      ['campaigns.bid', this.bidMicros],
      ['campaigns.daily-budget', this.dailyBudgetMicros],
      ['campaigns.active', this.active],
      ['campaigns.starts-at', this.startsAt],
      ['campaigns.ends-at', this.endsAt],
      ['campaigns.shop', this.shop],
    ] as const;
  }
}

const NONE: readonly number[] = [];
