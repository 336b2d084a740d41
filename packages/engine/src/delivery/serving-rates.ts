/**
 * What became of ads that were served: how often they were seen in each position of a placement, and how much oftener or rarer they
 * were clicked than their click rates say. Counted while a log is folded; invalid traffic is not counted.
 *
 *     seen(p)      = (seen + K s) / (served + K)                 s: the usual share of a place so far down
 *     attention(p) = (clicks + K a) / (Σ pClick of what was seen + K)          a: the same of all positions, held towards 1
 *
 * The same of one campaign's own ads, as one factor, says how it differs from what its listings promise. And clicks come oftener where
 * an ad suits, and what suits wins for less: what a click costs by what the prices of all that was seen say is one more.
 */
import type { AdClaims } from '../ads/token.ts';
import { clickRate } from '../features/advertised.ts';
import type { DecisionRecord, EventRecord } from '../log/record.ts';
import { conversionRate } from './auto-bids.ts';
import type { State } from './state.ts';

const POSITIONS_MAX = 128;
/** Serves that the usual share counts for, and expected clicks and orders that 1 counts for. */
const PRIOR_SERVES = 20;
const PRIOR_CLICKS = 10;
const PRIOR_ORDERS = 5;

interface Served {
  served: number;
  seen: number;
  /** Σ pClick of what was seen. */
  promised: number;
  clicks: number;
  /** Of ads paid by click: Σ pClick × price of what was seen, and the prices of what was clicked. */
  promisedMicros: number;
  clickedMicros: number;
}

const nothing = (): Served => ({ served: 0, seen: 0, promised: 0, clicks: 0, promisedMicros: 0, clickedMicros: 0 });

export class ServingRates {
  readonly #campaign: string;
  readonly #positions = new Map<number, Served>(); // placement × POSITIONS_MAX + position
  readonly #all = nothing();
  readonly #own = nothing();
  /** Σ pClick × attention of the campaign's own, by position. */
  readonly #ownPromised = new Map<number, number>();
  #ordersPromised = 0;
  #ordersMade = 0;
  #invalidBefore = 0;
  #chargedBefore = 0;
  /** What the campaign itself was charged. */
  ownSpendMicros = 0;
  ownOrders = 0;
  #ownOrdersPromised = 0;

  constructor(campaign: string) {
    this.#campaign = campaign;
  }

  get own(): Readonly<Served> {
    return this.#own;
  }

  /** Of all campaigns' ads. */
  get clicks(): number {
    return this.#all.clicks;
  }

  /** Of all campaigns' ads. */
  get orders(): number {
    return this.#ordersMade;
  }

  served({ placements }: DecisionRecord, { market }: State): void {
    for (const { placement, campaigns } of placements) {
      const row = market.placements.ids.find(placement);
      campaigns.forEach((campaign, position) => {
        if (campaign === '' || row < 0) return;
        this.#at(row, position).served++;
        this.#all.served++;
        if (campaign === this.#campaign) this.#own.served++;
      });
    }
  }

  /** To be told before and after an event is applied. */
  before({ tally, ledger }: State): void {
    this.#invalidBefore = refused(tally);
    this.#chargedBefore = ledger.totals.chargedMicros;
  }

  after({ event, claims }: EventRecord, state: State): void {
    const charged = state.ledger.totals.chargedMicros - this.#chargedBefore;
    if (claims?.campaign === undefined || refused(state.tally) > this.#invalidBefore) return;
    const isOwn = claims.campaign === this.#campaign;
    if (isOwn) this.ownSpendMicros += charged;
    if (event.type === 'impression') this.#seen(claims as AdClaims, isOwn, state);
    else if (event.type === 'click') this.#clicked(claims as AdClaims, isOwn, state);
  }

  #seen(claims: AdClaims, isOwn: boolean, state: State): void {
    const { placement, position, listing: id } = claims;
    const row = state.market.placements.ids.find(placement);
    const listing = state.market.listings.ids.find(id);
    if (row < 0 || listing < 0) return;
    const promised = clickRate(state.signals.statistics.counters, listing);
    const key = keyOf(row, position);
    for (const of of isOwn ? [this.#at(row, position), this.#all, this.#own] : [this.#at(row, position), this.#all]) {
      of.seen++;
      of.promised += promised;
      of.promisedMicros += promised * clickPrice(claims);
    }
    if (isOwn) this.#ownPromised.set(key, (this.#ownPromised.get(key) ?? 0) + promised);
  }

  #clicked(claims: AdClaims, isOwn: boolean, state: State): void {
    const { placement, position, listing: id } = claims;
    const row = state.market.placements.ids.find(placement);
    const listing = state.market.listings.ids.find(id);
    if (row < 0 || listing < 0) return;
    for (const of of isOwn ? [this.#at(row, position), this.#all, this.#own] : [this.#at(row, position), this.#all]) {
      of.clicks++;
      of.clickedMicros += clickPrice(claims);
    }
    const promised = conversionRate(state, listing);
    this.#ordersPromised += promised;
    if (isOwn) this.#ownOrdersPromised += promised;
  }

  /** Orders that followed clicks meanwhile, of all campaigns and of the one. */
  ordered(all: number, own: number): void {
    this.#ordersMade = all;
    this.ownOrders = own;
  }

  #at(row: number, position: number): Served {
    const key = keyOf(row, position);
    const counted = this.#positions.get(key) ?? nothing();
    this.#positions.set(key, counted);
    return counted;
  }

  /** How likely what is served there is seen. `usual`: where nothing is known of it. */
  exposure(row: number, position: number, usual: number): number {
    const { served, seen } = this.#positions.get(keyOf(row, position)) ?? nothing();
    return Math.min(1, (seen + PRIOR_SERVES * usual) / (served + PRIOR_SERVES));
  }

  /** How much likelier than its click rate what is seen there is clicked. */
  attention(row: number, position: number): number {
    return this.#attention(keyOf(row, position));
  }

  #attention(key: number): number {
    const overall = (this.#all.clicks + PRIOR_CLICKS) / (this.#all.promised + PRIOR_CLICKS);
    const { promised, clicks } = this.#positions.get(key) ?? nothing();
    return (clicks + PRIOR_CLICKS * overall) / (promised + PRIOR_CLICKS);
  }

  /** How much oftener the campaign's own ads are clicked than all that says. */
  ownClickFactor(): number {
    let expected = 0;
    for (const [key, promised] of this.#ownPromised) expected += promised * this.#attention(key);
    return (this.#own.clicks + PRIOR_CLICKS) / (expected + PRIOR_CLICKS);
  }

  /** What a click on the campaign's ads costs, by what prices say. */
  priceFactor(): number {
    const overall = priceFactorOf(this.#all, 1);
    return priceFactorOf(this.#own, overall);
  }

  /** How much oftener clicks become orders than listings' rates say; of the campaign's own, where it has any. */
  orderFactor(): number {
    const overall = (this.#ordersMade + PRIOR_ORDERS) / (this.#ordersPromised + PRIOR_ORDERS);
    return (this.ownOrders + PRIOR_ORDERS * overall) / (this.#ownOrdersPromised + PRIOR_ORDERS);
  }
}

/** Mean price of what was clicked by that of what was seen, held towards `usual`. */
function priceFactorOf({ clicks, promised, clickedMicros, promisedMicros }: Served, usual: number): number {
  if (!(promisedMicros > 0)) return usual;
  const mean = promisedMicros / promised;
  return (clickedMicros / mean + PRIOR_CLICKS * usual) / (clicks + PRIOR_CLICKS);
}

/** 0 where clicks are not what is paid for. */
const clickPrice = ({ billing, priceMicros }: AdClaims): number => (billing === undefined ? priceMicros : 0);

const keyOf = (row: number, position: number): number => row * POSITIONS_MAX + Math.min(position, POSITIONS_MAX - 1);

/** Ad events that were nobody's interest, or not the first of their token. */
function refused({ adEventsInvalid, tokensExpired, tokensReplayed, tokensForged }: State['tally']): number {
  return adEventsInvalid + tokensExpired + tokensReplayed + tokensForged;
}
