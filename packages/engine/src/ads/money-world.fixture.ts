/** For tests: a market's money records drawn from a seed, in the order of a log: views, clicks, orders, returns, payments, refunds. */
import { Rng } from '../base/rng.ts';
import { dayOf, MILLIS_PER_DAY, millis } from '../base/units.ts';
import type { RefundRecord } from '../log/record.ts';
import type { AdEvent } from './ad-books.ts';
import type { OrderLine, Return } from './attribution.ts';
import { type Limits, NO_LIMITS } from './limits.ts';
import { type AdClaims, type BillingKind, TOKEN_LIFE_MS } from './token.ts';

export type MoneyRecord = { readonly id: string; readonly at: number } & (
  | { readonly kind: 'ad'; readonly event: AdEvent; readonly limits: Limits }
  | { readonly kind: 'order'; readonly line: OrderLine; readonly limitsOf: readonly Limits[] }
  | { readonly kind: 'return'; readonly back: Return }
  | { readonly kind: 'payment'; readonly shop: number; readonly amountMicros: number }
  | { readonly kind: 'refund'; readonly record: RefundRecord; readonly campaign: number; readonly shop: number }
);

const CAMPAIGNS = 24;
export const SHOPS = 6;
export const shopOf = (campaign: number): number => campaign % SHOPS;
const LISTINGS = 60;
const BUYERS = 3000;
const START = 20_000 * MILLIS_PER_DAY;
const BILLING: readonly BillingKind[] = ['click', 'view', 'order'];
const MINUTE = 60_000;

interface Shown {
  readonly claims: AdClaims;
  readonly campaign: number;
  readonly listing: number;
  readonly buyer: number;
}

export class MoneyWorld {
  readonly #rng: Rng;
  readonly #limits: Limits[];
  readonly #shown: Shown[] = [];
  readonly #orders: { readonly order: string; readonly listing: number; readonly units: number }[] = [];
  /** The wall's time, and what the clock says for this record. */
  #wall = START;
  #now = START;
  #latest = START;
  #serial = 0;
  /** Clicks that are still to come of a flood, and on which campaign's ad. */
  #flood = 0;
  #flooded = 0;

  constructor(seed: number) {
    this.#rng = new Rng(seed);
    this.#limits = Array.from({ length: CAMPAIGNS }, (_, campaign) => this.#drawLimits(campaign));
  }

  #below(n: number): number {
    return this.#rng.below(n);
  }

  #drawLimits(campaign: number): Limits {
    const kind = this.#below(4);
    return {
      ...NO_LIMITS,
      ...(kind !== 1 && { dailyBudgetMicros: this.#below(200_000) }),
      ...((kind === 1 || kind === 3) && { weeklyBudgetMicros: this.#below(900_000), dayMultiple: 1 + this.#below(3) }),
      ...(kind === 2 && { lifetimeBudgetMicros: this.#below(8_000_000) }),
      ...(shopOf(campaign) < SHOPS / 2 && { creditLimitMicros: 50_000 * shopOf(campaign) }),
    };
  }

  /** The record that comes next. */
  next(): MoneyRecord {
    this.#pass();
    const draw = this.#rng.unit();
    const id = `r${this.#serial++}`;
    if (draw < 0.01) this.#limits[this.#below(CAMPAIGNS)] = this.#drawLimits(this.#below(CAMPAIGNS));
    if (draw < 0.35 || this.#shown.length === 0) return this.#ad(id, 'view', this.#show());
    if (draw < 0.8) return this.#ad(id, 'click', this.#pickShown());
    if (draw < 0.9) return this.#order(id);
    if (draw < 0.95 && this.#orders.length > 0) return this.#return(id);
    if (draw < 0.97)
      return {
        id,
        kind: 'payment',
        at: this.#now,
        shop: this.#below(SHOPS),
        amountMicros: this.#below(900_000) - 100_000,
      };
    return this.#refund(id);
  }

  /** Time passes, mostly forwards; now and then the clock is wrong for one record. */
  #pass(): void {
    this.#latest = Math.max(this.#latest, this.#now);
    this.#wall += this.#rng.unit() < 0.05 ? this.#below(50) : this.#below(30_000);
    const skew = this.#rng.unit() < 0.0002 ? (this.#below(40) - 20) * MILLIS_PER_DAY : 0;
    this.#now = Math.max(START, this.#wall + skew);
  }

  #show(campaign = this.#below(CAMPAIGNS)): Shown {
    const listing = (campaign * 7 + this.#below(3)) % LISTINGS;
    const billing = BILLING[campaign % 3]!;
    const decisionId = `d${this.#serial >> 1}`;
    const base = {
      decisionId,
      position: this.#below(4),
      listing: `l${listing}`,
      placement: 'home',
      campaign: `c${campaign}`,
    };
    const expiresAt = Math.max(this.#now, this.#latest) + TOKEN_LIFE_MS;
    const claims: AdClaims = {
      ...base,
      expiresAt,
      priceMicros: billing === 'order' ? 0 : this.#below(billing === 'view' ? 300 : 5000),
      ...(billing !== 'click' && { billing }),
      ...(billing === 'order' && { commissionBasisPoints: 1 + this.#below(3000) }),
    };
    const shown = { claims, campaign, listing, buyer: this.#below(BUYERS) };
    this.#shown.push(shown);
    if (this.#shown.length > 4096) this.#shown.splice(0, 2048);
    return shown;
  }

  /** Mostly one of the latest; of few buyers and one ad now and then, so that there are floods. */
  #pickShown(): Shown {
    const { length } = this.#shown;
    if (this.#flood > 0 || this.#rng.unit() < 0.002) {
      this.#flood = this.#flood > 0 ? this.#flood - 1 : 20;
      const shown = this.#show(this.#flood === 20 ? this.#below(CAMPAIGNS) : this.#flooded);
      this.#flooded = shown.campaign;
      return { ...shown, listing: (shown.campaign * 7) % LISTINGS, buyer: this.#flooded };
    }
    const back = this.#rng.unit() < 0.9 ? this.#below(Math.min(300, length)) : this.#below(length);
    const picked = this.#shown[length - 1 - back]!;
    return picked;
  }

  #ad(id: string, kind: 'view' | 'click', { claims, campaign, listing, buyer }: Shown): MoneyRecord {
    const unknown = this.#rng.unit() < 0.002;
    const event: AdEvent = {
      kind,
      claims,
      campaign: unknown ? -1 : campaign,
      listing,
      shop: unknown ? -1 : shopOf(campaign),
      at: this.#now - this.#below(3000),
      takenAt: this.#now,
      buyer: `b${buyer}`,
      session: `s${buyer % 1000}`,
      signedIn: `b${buyer}`,
      bot: this.#rng.unit() < 0.01,
    };
    return { id, kind: 'ad', at: this.#now, event, limits: this.#limits[campaign]! };
  }

  #order(id: string): MoneyRecord {
    const { campaign, listing, buyer } = this.#pickShown();
    // Some lines belong to the order before.
    const before = this.#orders[this.#orders.length - 1];
    const order = before && this.#rng.unit() < 0.1 ? before.order : `o${id}`;
    const units = 1 + this.#below(3);
    this.#orders.push({ order, listing, units });
    if (this.#orders.length > 4096) this.#orders.splice(0, 2048);
    const line: OrderLine = {
      at: this.#now - this.#below(2 * MINUTE),
      takenAt: this.#now,
      order,
      buyer: `b${buyer}`,
      session: undefined,
      listing: `l${listing}`,
      listingRow: listing,
      shop: shopOf(campaign),
      units,
      valueMicros: units * this.#below(400_000),
    };
    return { id, kind: 'order', at: this.#now, line, limitsOf: [...this.#limits] };
  }

  #return(id: string): MoneyRecord {
    const { order, listing, units } = this.#orders[this.#below(this.#orders.length)]!;
    return {
      id,
      kind: 'return',
      at: this.#now,
      back: { takenAt: this.#now, order, listing: `l${listing}`, units: 1 + this.#below(units) },
    };
  }

  #refund(id: string): MoneyRecord {
    const { claims, campaign } = this.#pickShown();
    const byDecision = this.#rng.unit() < 0.5;
    const day = dayOf(millis(this.#now)) - this.#below(4);
    // A tenth asks again with an id of before.
    const refundId = this.#rng.unit() < 0.1 ? `f${this.#serial - 1 - this.#below(40)}` : `f${this.#serial}`;
    const record: RefundRecord = {
      kind: 'refund',
      at: this.#now,
      by: 'test',
      refund: {
        id: refundId,
        reason: 'asked',
        ...(this.#rng.unit() < 0.5 && { amountMicros: this.#below(20_000) }),
        ...(byDecision ? { decision: claims.decisionId } : { campaign: `c${campaign}`, day }),
      },
    };
    return { id, kind: 'refund', at: this.#now, record, campaign, shop: shopOf(campaign) };
  }
}
