/**
 * An event, a payment or a refund put into the books of the ads. The state does this for every record; the lake does it once more
 * to report each entry by itself, so what it reports is what the ledger says.
 */
import type { AdBooks, Booked, BookedOrder, BookedReturn, GivenBack } from '../ads/ad-books.ts';
import { campaignLimits } from '../ads/campaign-limits.ts';
import { type AdClaims, isAd } from '../ads/token.ts';
import type { EventRecord, PaymentRecord, RefundRecord } from '../log/record.ts';
import { buyerKey } from '../market/buyers.ts';
import type { Campaigns } from '../market/campaigns.ts';

export interface BookKeeping {
  readonly books: AdBooks;
  readonly campaigns: Campaigns;
  readonly listings: {
    readonly ids: { find(id: string): number };
    readonly shop: { readonly data: Int32Array };
    readonly priceMicros: { readonly data: Float64Array };
  };
}

export type EventEntry =
  | ({ readonly kind: 'ad'; readonly claims: AdClaims; readonly campaign: number; readonly shop: number } & Booked)
  | ({ readonly kind: 'order'; readonly valueMicros: number } & BookedOrder)
  | ({ readonly kind: 'return' } & BookedReturn);

/** What the books say of an event that is counted; undefined where they have nothing to say. */
export function bookEvent(keeping: BookKeeping, record: EventRecord): EventEntry | undefined {
  const { type } = record.event;
  if (type === 'impression' || type === 'click')
    return record.claims && isAd(record.claims) ? bookAd(keeping, record, record.claims, type) : undefined;
  if (type === 'purchase') return bookOrder(keeping, record);
  return type === 'return' ? bookReturn(keeping, record) : undefined;
}

function bookAd(
  { books, campaigns, listings }: BookKeeping,
  { at: takenAt, event }: EventRecord,
  claims: AdClaims,
  type: 'impression' | 'click',
): EventEntry {
  const campaign = campaigns.documents.ids.find(claims.campaign);
  const shop = campaign < 0 ? -1 : campaigns.shop.data[campaign]!;
  const ad = {
    kind: type === 'impression' ? ('view' as const) : ('click' as const),
    at: event.at,
    takenAt,
    claims,
    campaign,
    shop,
    listing: listings.ids.find(claims.listing),
    buyer: buyerKey(event) ?? '',
    session: event.session,
    signedIn: event.buyer,
    bot: event.bot === true,
  };
  const limits = campaignLimits(campaigns, campaign, books.accounts.creditLimitMicros(shop));
  const { settlement, givenBack } = books.settle(ad, limits);
  return { kind: 'ad', claims, campaign, shop, settlement, givenBack };
}

function bookOrder(
  { books, campaigns, listings }: BookKeeping,
  { at: takenAt, event }: EventRecord,
): EventEntry | undefined {
  const { listing = '', order = '', quantity: units = 1 } = event;
  const listingRow = listings.ids.find(listing);
  if (listingRow < 0 || event.bot === true) return undefined;
  const priceMicros = event.priceMicros ?? listings.priceMicros.data[listingRow]!;
  const valueMicros = Math.min(units * priceMicros, Number.MAX_SAFE_INTEGER);
  const line = {
    at: event.at,
    takenAt,
    order,
    buyer: event.buyer ?? (event.session === undefined ? undefined : buyerKey(event)),
    session: event.session,
    listing,
    listingRow,
    shop: listings.shop.data[listingRow]!,
    units,
    valueMicros,
  };
  const limitsOf = (campaign: number) =>
    campaignLimits(campaigns, campaign, books.accounts.creditLimitMicros(campaigns.shop.data[campaign]!));
  const { credits, paid } = books.order(line, limitsOf);
  return paid === undefined ? { kind: 'order', valueMicros, credits } : { kind: 'order', valueMicros, credits, paid };
}

function bookReturn({ books }: BookKeeping, { at: takenAt, event }: EventRecord): EventEntry {
  const { order = '', listing = '', quantity: units = 1 } = event;
  const { credits, givenBack } = books.takeBack({ takenAt, order, listing, units });
  return { kind: 'return', credits, givenBack };
}

/** Whether it was counted now, not before. */
export function bookPayment({ books }: BookKeeping, shop: number, { payment }: PaymentRecord): boolean {
  return books.pay(shop, payment);
}

export function bookRefund({ books, campaigns }: BookKeeping, record: RefundRecord): GivenBack[] {
  const { campaign: id } = record.refund;
  const campaign = id === undefined ? -1 : campaigns.documents.ids.find(id);
  return books.refund(record, campaign, campaign < 0 ? -1 : campaigns.shop.data[campaign]!);
}
