/**
 * One event applied: who and what it names is found, then it is counted where it belongs. The record was checked when it was
 * taken in; an id that was counted before changes nothing.
 */
import type { BuyerEvent } from '@rialto/sdk';
import { type AdClaims, isAd, TOKEN_LIFE_MS } from '../ads/token.ts';
import { assert } from '../base/assert.ts';
import { type Millis, millis } from '../base/units.ts';
import type { EventRecord } from '../log/record.ts';
import { buyerKey } from '../market/buyers.ts';
import { noteCharge } from './auto-bids.ts';
import { settleAd } from './settle-ad.ts';
import type { State } from './state.ts';

interface Resolved {
  readonly event: BuyerEvent;
  readonly at: Millis;
  readonly buyer: number;
  readonly listing: number;
}

export function applyEvent(state: State, record: EventRecord): void {
  const { event } = record;
  if (state.seen.has(event.id)) return;
  state.seen.add(event.id, state.logTime, record.imported === true);
  state.tally.events++;
  if (record.forged) state.tally.tokensForged++;
  count(state, resolve(state, event));
  if (record.claims && isAd(record.claims)) bill(state, record, record.claims);
}

function resolve({ market }: State, event: EventRecord['event']): Resolved {
  // An impression tells of the listing alone; and there are more impressions than anything else.
  const key = event.type === 'impression' ? undefined : buyerKey(event);
  const buyer = key === undefined ? -1 : market.buyers.put(key);
  if (buyer >= 0 && event.country !== undefined) market.buyers.setCountry(buyer, event.country);
  return {
    event,
    at: millis(event.at),
    buyer,
    listing: event.listing === undefined ? -1 : market.listings.ids.find(event.listing),
  };
}

function count({ market, signals, tally }: State, { event, at, buyer, listing }: Resolved): void {
  switch (event.type) {
    case 'impression':
      tally.impressions++;
      signals.impression(listing, at);
      break;
    case 'click':
      tally.clicks++;
      signals.click(market, buyer, listing, at);
      break;
    case 'view':
      tally.views++;
      signals.view(market, buyer, listing, at);
      break;
    case 'cart-add':
      tally.cartAdds++;
      signals.cartAdd(market, buyer, listing, at);
      break;
    case 'cart-remove':
      signals.cartRemove(market, buyer, listing);
      break;
    case 'favourite':
      signals.view(market, buyer, listing, at);
      break;
    case 'hide':
      signals.hide(market, buyer, listing);
      break;
    case 'search':
      tally.searches++;
      break;
    case 'return':
      tally.returns++;
      signals.returned(listing, at, event.quantity ?? 1);
      break;
    case 'purchase':
      tally.orderLines++;
      tally.orderMicros += (event.priceMicros ?? market.listings.priceMicros.data[listing]!) * (event.quantity ?? 1);
      assert(event.order !== undefined, 'a purchase must name its order', event.id);
      signals.purchase(market, {
        buyer,
        listing,
        at,
        order: event.order,
        quantity: event.quantity ?? 1,
        // Without a price of its own, the listing's: nothing paid would make the buyer look poor.
        priceMicros: event.priceMicros ?? market.listings.priceMicros.data[listing]!,
      });
      break;
  }
}

/** Impressions and clicks that a good token stands behind: the ledger says what they cost. */
function bill(state: State, record: EventRecord, claims: AdClaims): void {
  const { market, ledger, pacing, tally } = state;
  const campaign = market.campaigns.documents.ids.find(claims.campaign);
  const settlement = settleAd(ledger, market.campaigns, { record, claims, campaign });
  if (record.event.type === 'impression') {
    tally.adImpressions++;
    if (campaign >= 0) countForCap(state, record, { claims, campaign });
  }
  if (settlement === undefined) return;
  tally.adClicks++;
  if (settlement.outcome === 'charged') {
    pacing.billed(campaign, record.at - (claims.expiresAt - TOKEN_LIFE_MS));
    noteCharge(state, campaign, market.listings.ids.find(claims.listing), settlement.chargedMicros);
  }
  if (settlement.outcome === 'expired') tally.tokensExpired++;
  if (settlement.outcome === 'replayed') tally.tokensReplayed++;
  if (settlement.outcome === 'over-budget') tally.clicksOverBudget++;
}

/** What somebody who can be told apart has seen of a campaign with a frequency cap. */
function countForCap(
  { market: { campaigns }, frequency }: State,
  { at, event }: EventRecord,
  { claims, campaign }: { readonly claims: AdClaims; readonly campaign: number },
): void {
  const viewer = buyerKey(event);
  const capHours = campaigns.capHours.data[campaign]!;
  if (capHours > 0 && viewer !== undefined) frequency.count({ claims, campaign, capHours, viewer, at: millis(at) });
}
