/**
 * One event applied: who and what it names is found, then it is counted where it belongs. The record was checked when it was
 * taken in; an id that was counted before changes nothing.
 */
import type { BuyerEvent } from '@rialto/sdk';
import { type AdClaims, decidedAt } from '../ads/token.ts';
import { assert } from '../base/assert.ts';
import { type Millis, millis } from '../base/units.ts';
import { holderOf } from '../engagement/live-carts.ts';
import { stageOf } from '../features/buyer-stage.ts';
import type { Claims, EventRecord } from '../log/record.ts';
import { buyerKey } from '../market/buyers.ts';
import { BOUGHT, CARTED, CLICKED, searcherOf } from '../retrieval/query-book.ts';
import { queryText } from '../retrieval/query-text.ts';
import { noteArmCharge, noteCharge } from './auto-bids.ts';
import { isErased } from './forget-buyers.ts';
import { bookEvent, type EventEntry } from './keep-books.ts';
import type { State } from './state.ts';

/** What becomes of somebody's interest, billed or not. */
const GENUINE: ReadonlySet<string> = new Set(['charged', 'counted', 'over-budget']);

interface Resolved {
  readonly event: BuyerEvent;
  readonly at: Millis;
  readonly buyer: number;
  readonly listing: number;
}

export function applyEvent(state: State, record: EventRecord): void {
  const { event } = record;
  if (!state.seen.add(event.id, state.logTime, record.imported === true)) return;
  state.tally.events++;
  if (record.forged) state.tally.tokensForged++;
  if (!isErased(state, event)) learn(state, record);
  book(state, record);
}

/** Counted where it belongs; nothing of what somebody did who was erased since. */
function learn(state: State, record: EventRecord): void {
  const { event } = record;
  const resolved = resolve(state, record);
  if (resolved.listing < 0 && record.claims?.kind !== undefined) countThing(state, record, resolved);
  else if (event.bot !== true) count(state, resolved);
  if (event.bot !== true) state.experiments.bandits.happened(event.type, event, event.at);
  if (event.bot !== true && resolved.listing >= 0) prove(state, resolved);
  if (record.exposure !== undefined) {
    const { experiment, variant } = event as { readonly experiment: string; readonly variant: string };
    state.experiments.expose({ experiment, variant, ...record.exposure }, record.at);
  }
}

function resolve({ market }: State, { at: takenAt, event }: EventRecord): Resolved {
  // An impression tells of the listing alone; and there are more impressions than anything else. A machine is no buyer.
  const key = event.type === 'impression' || event.bot === true ? undefined : buyerKey(event);
  const buyer = key === undefined ? -1 : market.buyers.put(key, millis(takenAt));
  if (buyer >= 0 && event.country !== undefined) market.buyers.setCountry(buyer, event.country);
  return {
    event,
    at: millis(event.at),
    buyer,
    listing: event.listing === undefined ? -1 : market.listings.ids.find(event.listing),
  };
}

function count(state: State, resolved: Resolved): void {
  const { market, signals, advertised, queries, tally } = state;
  const { event, at, buyer, listing } = resolved;
  switch (event.type) {
    case 'impression':
      tally.impressions++;
      signals.impression(listing, at);
      advertised.count(listing, signals.statistics.counters);
      break;
    case 'click':
      tally.clicks++;
      signals.click(market, buyer, listing, at);
      advertised.count(listing, signals.statistics.counters);
      if (market.campaigns.advertises(listing))
        advertised.clicked(listing, market.campaigns, signals.statistics.counters);
      queries.succeed(buyer, listing, CLICKED, at);
      break;
    case 'view':
      tally.views++;
      signals.view(market, buyer, listing, at);
      break;
    case 'cart-add':
      tally.cartAdds++;
      signals.cartAdd(market, buyer, listing, at);
      queries.succeed(buyer, listing, CARTED, at);
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
      noteSearch(state, resolved);
      break;
    case 'exposure':
      tally.exposures++;
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
      queries.succeed(buyer, listing, BOUGHT, at);
      break;
  }
}

/** A machine's searches, and those that found nothing, teach nobody what to search for. */
function noteSearch({ market, queries }: State, { event, at, buyer }: Resolved): void {
  if (event.bot === true || event.results === 0) return;
  const country = buyer < 0 ? -1 : market.buyers.country.data[buyer]!;
  const language = event.language ?? market.settings().language;
  queries.note({ query: event.query!, language, buyer, searcher: searcherOf(buyerKey(event) ?? ''), country, at });
}

/** What is no listing was seen or used. Tokens of it are not signed: only what there is counts. */
function countThing(state: State, { claims, event: { bot, query } }: EventRecord, resolved: Resolved): void {
  const { event } = resolved;
  if (event.type === 'search') count(state, resolved);
  if (bot === true || !isThere(state, claims!)) return;
  const { placement, listing: id, position } = claims!;
  const used = event.type !== 'impression';
  if (query !== undefined && queryText(query) !== id) return;
  const thing = { kind: claims!.kind!, placement, id };
  state.things.count(thing, position, used);
  if (thing.kind !== 'module') return;
  state.things.count({ ...thing, stage: stageOf(state.market, resolved.buyer, resolved.at) }, position, used);
}

function isThere({ market, queries }: State, { kind, placement, listing: id }: Claims): boolean {
  const known = market.placements.get(placement);
  if (known === undefined) return false;
  switch (kind) {
    case 'query':
      return queries.has(id);
    case 'review':
      return market.reviews.documents.ids.find(id) >= 0;
    case 'shop':
      return market.listings.shopIds.find(id) >= 0;
    default:
      return known.modules?.includes(id) === true;
  }
}

/** What claims about listings are proved with. */
function prove({ claims }: State, { event, at, listing }: Resolved): void {
  switch (event.type) {
    case 'purchase':
      claims.sales.note(listing, at, event.quantity ?? 1);
      break;
    case 'return':
      claims.sales.note(listing, at, -(event.quantity ?? 1));
      return;
    case 'cart-add':
    case 'cart-remove':
      break;
    default:
      return;
  }
  // An order that names nobody has no cart.
  const { buyer, session } = event;
  const held = event.type === 'cart-add';
  if (buyer !== undefined) claims.carts.note({ listing, holder: holderOf(buyerKey({ buyer })!), at, held });
  if (session === undefined) return;
  // Somebody who signed in has one cart, not two.
  claims.carts.note({ listing, holder: holderOf(buyerKey({ session })!), at, held: held && buyer === undefined });
}

/** What ads are seen, clicked and bought from costs their sellers: the books say what. */
function book(state: State, record: EventRecord): void {
  const { market, tally, pacing } = state;
  const entry = bookEvent(state.keeping, record);
  if (entry?.kind === 'order') bookedOrder(state, entry);
  if (entry?.kind !== 'ad') return;
  const { campaign, claims } = entry;
  if (record.event.type === 'click') tally.adClicks++;
  else {
    tally.adImpressions++;
    if (campaign >= 0) countForCap(state, record, { claims, campaign });
  }
  const { outcome } = entry.settlement;
  if (outcome === 'charged') {
    const delayMs = record.at - decidedAt(claims);
    const listing = market.listings.ids.find(claims.listing);
    pacing.billed(campaign, delayMs);
    noteCharge(state, campaign, listing, entry.settlement.chargedMicros);
    const arm = state.arms.of(state.books.split.armOf(claims, record.at));
    arm?.pacing.billed(campaign, delayMs);
    if (arm !== undefined) noteArmCharge(arm.bids, campaign, listing, entry.settlement.chargedMicros);
  } else if (outcome === 'expired') tally.tokensExpired++;
  else if (outcome === 'replayed') tally.tokensReplayed++;
  else if (outcome === 'over-budget') tally.clicksOverBudget++;
  else if (outcome !== 'counted' && outcome !== 'unknown-campaign') tally.adEventsInvalid++;
  if (GENUINE.has(outcome)) countSlot(state, record, claims);
}

/** Pacing hears of orders that were paid for, and of those that the budget had nothing left for. */
function bookedOrder({ tally, pacing, arms }: State, { credits, paid }: Extract<EventEntry, { kind: 'order' }>): void {
  if (credits.length > 0) tally.orderLinesAttributed++;
  if (paid?.afterMs === undefined) return;
  pacing.billed(paid.campaign, paid.afterMs);
  arms.of(paid.arm ?? -1)?.pacing.billed(paid.campaign, paid.afterMs);
}

/** Where an ad was seen or clicked, for placements that learn how likely their slots are looked at. */
function countSlot({ market, slotEffects }: State, { event }: EventRecord, claims: AdClaims): void {
  const row = market.placements.ids.find(claims.placement);
  if (row < 0) return;
  const placement = market.placements.at(row);
  const listing = market.listings.ids.find(claims.listing);
  slotEffects.count({ placement, row, listing, position: claims.position, clicked: event.type === 'click' });
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
