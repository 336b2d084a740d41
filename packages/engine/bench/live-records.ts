/** The log of a running marketplace: events of buyers, decisions, and listings that change, in a fixed mix. */
import type { EventType } from '@rialto/sdk';
import type { Rng } from '../src/base/rng.ts';
import type { Claims, LogRecord } from '../src/log/record.ts';
import { buyerId, listingId, type Marketplace } from './marketplace.ts';

const RECORDS_PER_SECOND = 500;
const ITEMS = 20;
const ORDER_LINES = 3;

/** After the end of the marketplace's history. */
export function* liveRecords(marketplace: Marketplace, count: number): Generator<LogRecord> {
  const rng = marketplace.rng(9);
  for (let i = 0; i < count; i++) {
    const at = marketplace.size.endsAt + Math.floor((1_000 * i) / RECORDS_PER_SECOND);
    const kind = rng.unit();
    if (kind < 0.05)
      yield {
        kind: 'listing',
        at,
        by: 'bench',
        entity: marketplace.listing(rng.below(marketplace.size.listings), 1 + rng.below(9)),
      };
    else if (kind < 0.15) yield decision(marketplace, rng, at, i);
    else yield event(marketplace, rng, at, i, typeOf((kind - 0.15) / 0.85));
  }
}

/** Of all records: impressions 40 %, views 25 %, clicks 5 %, cart-adds 5 %, purchases 10 %. */
function typeOf(draw: number): EventType {
  const share = draw * 0.85;
  if (share < 0.4) return 'impression';
  if (share < 0.65) return 'view';
  if (share < 0.7) return 'click';
  return share < 0.75 ? 'cart-add' : 'purchase';
}

function event(marketplace: Marketplace, rng: Rng, at: number, i: number, type: EventType): LogRecord {
  const buyer = rng.below(marketplace.size.buyers);
  const listing = listingId(marketplace.drawRow(rng));
  const shown = type === 'impression' || type === 'click';
  const bought = type === 'purchase' && {
    order: `o-${buyer}-${Math.floor(i / (ORDER_LINES * marketplace.size.buyers))}`,
    quantity: 1,
    priceMicros: 12_990_000,
  };
  return {
    kind: 'event',
    at,
    event: { id: `live-${i}`, type, at, buyer: buyerId(buyer), listing, ...bought },
    ...(shown && { claims: claimsOf(listing, i) }),
  };
}

const claimsOf = (listing: string, i: number): Claims => ({
  decisionId: `${i.toString(36)}-AbCdEfGhIjKl`,
  position: i % ITEMS,
  listing,
  placement: 'home',
});

function decision(marketplace: Marketplace, rng: Rng, at: number, i: number): LogRecord {
  const listings = Array.from({ length: ITEMS }, () => listingId(marketplace.drawRow(rng)));
  return {
    kind: 'decision',
    at,
    id: `${i.toString(36)}-AbCdEfGhIjKl`,
    stateOffset: i,
    request: { buyer: buyerId(rng.below(marketplace.size.buyers)), placements: ['home'] },
    placements: [
      { placement: 'home', listings, campaigns: listings.map(() => ''), pricesMicros: listings.map(() => 0) },
    ],
  };
}
