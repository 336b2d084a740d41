/**
 * The ledger: what every view, click and order cost whom. Integer micros throughout; sums are exact at any size.
 *
 * It keeps three promises, whatever is repeated, late, or told by a clock that jumps:
 * 1. a charge never takes a campaign's UTC day, its week or its life above the budget in force, nor a shop below its credit:
 *    what is left is charged, the rest of the price is free to the seller and counted as over-delivery. A refund does not open
 *    a budget again, but does fill the wallet;
 * 2. a token bills at most once for each kind of event, and never once it has expired;
 * 3. charges − refunds = what the shops owe, in the days, by campaign, by shop and in total; payments − what it owes = a shop's balance.
 *
 * It has two ideas of time. Spending belongs to the day of the record that brought the event, so that a clock which
 * jumped ahead and came back finds the day's spending where it was. Expiry goes by the latest time ever seen, which only
 * grows, so that no token comes back to life. After such a jump, whoever makes tokens must count their life from `now`, or
 * they are born expired.
 *
 * Days are kept while they are among the latest that anything happened on, then only in sums by campaign. A day that was
 * dropped is closed: should a clock jump back to it, what happens there is free.
 */
import { assert } from '../base/assert.ts';
import { float64Column } from '../base/column.ts';
import { addExact, exactly, nearest, SUM_CELLS } from '../base/exact-sum.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { type Day, dayOf, type Micros, type Millis, micros, millis } from '../base/units.ts';
import { DatedRows } from './dated-rows.ts';
import { INVALID_REASONS, type InvalidReason, REASON_CODE } from './invalid-reason.ts';
import { dayLimitMicros, type Limits, weekOf } from './limits.ts';
import type { AdClaims, BillingKind } from './token.ts';
import { UsedTokens } from './used-tokens.ts';

export interface Charge {
  /** The campaign's row. */
  readonly campaign: number;
  /** The row of the shop that pays. */
  readonly shop: number;
  /** When the engine took the event in: never the client's time. */
  readonly at: Millis;
  readonly priceMicros: number;
  /** In force at this moment. */
  readonly limits: Limits;
  /** What the part of the budgets that pays has left. */
  readonly atMostMicros?: number;
}

export interface Settlement {
  /** 'counted': a good event of a kind that the ad does not pay for. */
  readonly outcome: 'charged' | 'over-budget' | 'counted' | 'unknown-campaign' | InvalidReason;
  /** Where 'charged': the price, or the part of it that the limits had left. */
  readonly chargedMicros: Micros;
  /** The part of the price that the limits did not have left. */
  readonly overDeliveredMicros: Micros;
}

export interface Refund {
  readonly campaign: number;
  readonly shop: number;
  /** The day that was billed. */
  readonly day: Day;
  readonly amountMicros: number;
  /** The day that the refund is booked on; the billed one where absent. */
  readonly bookedOn?: Day;
  /** It gives back a part of one charge that is known: what is left of its day, which may no longer be kept, says nothing then. */
  readonly ofOneCharge?: boolean;
}

/** What one campaign did on one UTC day. Events are gross: those found invalid are among them. */
export interface CampaignDay {
  readonly campaign: number;
  readonly day: Day;
  readonly chargedMicros: Micros;
  /** Of what was charged on this day. */
  readonly refundedMicros: Micros;
  /** Given back on this day, whenever it was charged. */
  readonly refundsBookedMicros: Micros;
  readonly overDeliveredMicros: Micros;
  readonly impressions: number;
  readonly clicks: number;
  /** Attributed to a click, of campaigns that pay by order. */
  readonly orders: number;
  readonly invalidImpressions: number;
  readonly invalidClicks: number;
  readonly invalidOrders: number;
  /** Of the kind that the campaign pays for: those that the limits had nothing left for. */
  readonly freeEvents: number;
  readonly reasons: Readonly<Record<InvalidReason, number>>;
}

export interface LedgerTotals {
  readonly chargedMicros: Micros;
  readonly refundedMicros: Micros;
  readonly overDeliveredMicros: Micros;
}

/** Days and weeks that are kept: two months, in which refunds of a day are still possible. */
const DAYS_KEPT = 62;
const WEEKS_KEPT = 12;
/** No day costs more, whatever the limits: a billion units of currency. So the sums of days and weeks are exact. */
const DAY_MICROS_MAX = 2 ** 50;

// Sums of a day's row.
const CHARGED = 0;
const REFUNDED = 1;
const BOOKED = 2; // exact
const OVER = BOOKED + SUM_CELLS; // exact
const SUMS = OVER + SUM_CELLS;
// Counts of a day's row.
const GROSS = { view: 0, click: 1, order: 2 } as const;
const INVALID = { view: 3, click: 4, order: 5 } as const;
const FREE = 6;
const REASONS = 7;
const COUNTS = REASONS + INVALID_REASONS.length;
// Exact sums of a campaign, and of everything; a shop has the first two and its payments.
const ALL_CHARGED = 0;
const ALL_REFUNDED = SUM_CELLS;
const ALL_OVER = 2 * SUM_CELLS;
const ALL_PAID = 2 * SUM_CELLS;
const ALL_SUMS = 3 * SUM_CELLS;

export class Ledger implements Part {
  #now = millis(0);
  readonly #usedTokens = new UsedTokens();
  readonly #days: DatedRows;
  readonly #weeks: DatedRows;
  readonly #campaigns = float64Column(); // [campaigns × ALL_SUMS]
  readonly #shops = float64Column(); // [shops × ALL_SUMS]
  readonly #all = float64Column(); // [ALL_SUMS]

  /** For tests: how many days and weeks are kept. */
  constructor({ daysKept = DAYS_KEPT, weeksKept = WEEKS_KEPT } = {}) {
    this.#days = new DatedRows({ name: 'ledger.days', sums: SUMS, counts: COUNTS, kept: daysKept });
    this.#weeks = new DatedRows({ name: 'ledger.weeks', sums: 1, counts: 0, kept: weeksKept });
    this.#all.resize(ALL_SUMS);
  }

  /** The latest time seen. It never goes back. */
  get now(): Millis {
    return this.#now;
  }

  /** Nearest doubles: exact up to 2^53. */
  get totals(): LedgerTotals {
    const all = this.#all.data;
    return {
      chargedMicros: nearest(all, ALL_CHARGED) as Micros,
      refundedMicros: nearest(all, ALL_REFUNDED) as Micros,
      overDeliveredMicros: nearest(all, ALL_OVER) as Micros,
    };
  }

  /** The same, exact at any size. */
  get exactTotals(): Readonly<Record<keyof LedgerTotals, bigint>> {
    const all = this.#all.data;
    return {
      chargedMicros: exactly(all, ALL_CHARGED),
      refundedMicros: exactly(all, ALL_REFUNDED),
      overDeliveredMicros: exactly(all, ALL_OVER),
    };
  }

  /** Takes note of the time of a record, of any kind. */
  advance(at: Millis): void {
    if (at <= this.#now) return;
    const newDay = dayOf(at) > dayOf(this.#now);
    this.#now = at;
    if (newDay) this.#usedTokens.forgetExpired(at);
  }

  isExpired({ expiresAt }: AdClaims): boolean {
    return this.#now >= expiresAt;
  }

  /** Why a token may count no more event of the kind, if so. */
  whyRefused(claims: AdClaims, kind: BillingKind): 'expired' | 'replayed' | undefined {
    if (this.isExpired(claims)) return 'expired';
    return this.#usedTokens.has(claims, kind) ? 'replayed' : undefined;
  }

  /** From now on the token counts no more events of the kind. */
  useToken(claims: AdClaims, kind: BillingKind): void {
    this.#usedTokens.use(claims, kind);
  }

  /** Counts an event of a campaign, before anything is said of it. */
  count(campaign: number, kind: BillingKind, at: Millis): void {
    const row = this.#days.rowFor(campaign, dayOf(at));
    if (row >= 0) this.#days.counts[row * COUNTS + GROSS[kind]]!++;
  }

  /** Says of an event that was counted why it is not valid. */
  invalidate(campaign: number, kind: BillingKind, at: Millis, reason: InvalidReason): void {
    const row = this.#days.rowFor(campaign, dayOf(at));
    if (row < 0) return;
    this.#days.counts[row * COUNTS + INVALID[kind]]!++;
    this.#days.counts[row * COUNTS + REASONS + REASON_CODE[reason]]!++;
  }

  /** What may still be charged at `at` under every limit. */
  leftMicros(limits: Limits, campaign: number, shop: number, at: Millis): number {
    const day = dayOf(at);
    if (this.#days.isClosed(day)) return 0;
    let left = Math.min(dayLimitMicros(limits), DAY_MICROS_MAX) - this.spentMicros(campaign, day);
    const { weeklyBudgetMicros, lifetimeBudgetMicros, creditLimitMicros } = limits;
    if (weeklyBudgetMicros !== Number.POSITIVE_INFINITY) {
      const week = weekOf(day);
      if (this.#weeks.isClosed(week)) return 0;
      left = Math.min(left, weeklyBudgetMicros - this.spentInWeekMicros(campaign, day));
    }
    if (lifetimeBudgetMicros !== Number.POSITIVE_INFINITY)
      left = Math.min(left, lifetimeBudgetMicros - this.spentInAllMicros(campaign));
    if (creditLimitMicros !== Number.POSITIVE_INFINITY)
      left = Math.min(left, this.balanceMicros(shop) + creditLimitMicros);
    return Math.max(0, left);
  }

  /** Charges what is left of the price under the limits; the rest is over-delivery. */
  charge({ campaign, shop, at, priceMicros, limits, atMostMicros = Number.POSITIVE_INFINITY }: Charge): Settlement {
    const price = micros(priceMicros);
    assert(price >= 0, 'a price cannot be negative', price);
    const left = Math.min(atMostMicros, this.leftMicros(limits, campaign, shop, at));
    const charged = micros(Math.min(price, left));
    const overDelivered = micros(price - charged);
    const free = overDelivered > 0 && charged === 0;
    const day = dayOf(at);
    const row = this.#days.rowFor(campaign, day); // first: a new row may replace the columns' arrays
    if (row >= 0) {
      this.#days.sums[row * SUMS + CHARGED]! += charged;
      addExact(this.#days.sums, row * SUMS + OVER, overDelivered);
      if (free) this.#days.counts[row * COUNTS + FREE]!++;
    }
    if (charged > 0) {
      const week = this.#weeks.rowFor(campaign, weekOf(day));
      if (week >= 0) this.#weeks.sums[week]! += charged;
    }
    this.#addToAll({ campaign, shop, cell: ALL_CHARGED, amount: charged });
    addExact(this.#of(this.#campaigns, campaign), campaign * ALL_SUMS + ALL_OVER, overDelivered);
    addExact(this.#all.data, ALL_OVER, overDelivered);
    return { outcome: free ? 'over-budget' : 'charged', chargedMicros: charged, overDeliveredMicros: overDelivered };
  }

  #of(column: ReturnType<typeof float64Column>, row: number): Float64Array {
    assert(row >= 0, 'somebody must pay: the campaign has no shop', row);
    column.resize((row + 1) * ALL_SUMS);
    return column.data;
  }

  #addToAll(sum: { campaign: number; shop: number; cell: number; amount: number }): void {
    const { campaign, shop, cell, amount } = sum;
    addExact(this.#of(this.#campaigns, campaign), campaign * ALL_SUMS + cell, amount);
    addExact(this.#of(this.#shops, shop), shop * ALL_SUMS + cell, amount);
    addExact(this.#all.data, cell, amount);
  }

  /** What of the day's charges may still be given back: nothing once the day's row is no longer kept. */
  refundableMicros(campaign: number, day: Day): Micros {
    const row = this.#days.find(campaign, day);
    if (row < 0) return micros(0);
    const { sums } = this.#days;
    return micros(sums[row * SUMS + CHARGED]! - sums[row * SUMS + REFUNDED]!);
  }

  /** Gives money back: at most what the campaign was charged that day and the shop still owes. Returns how much. */
  refund({ campaign, shop, day, amountMicros, bookedOn = day, ofOneCharge = false }: Refund): Micros {
    assert(amountMicros >= 0, 'a refund cannot be negative', amountMicros);
    const row = this.#days.find(campaign, day);
    if (row < 0 && !ofOneCharge) return micros(0);
    const ofDay = row < 0 ? this.#billedInAllMicros(campaign) : this.refundableMicros(campaign, day);
    const refunded = micros(Math.min(amountMicros, ofDay, this.owedMicros(shop)));
    if (row >= 0) this.#days.sums[row * SUMS + REFUNDED]! += refunded;
    const booked = this.#days.rowFor(campaign, bookedOn);
    if (booked >= 0) addExact(this.#days.sums, booked * SUMS + BOOKED, refunded);
    this.#addToAll({ campaign, shop, cell: ALL_REFUNDED, amount: refunded });
    return refunded;
  }

  #billedInAllMicros(campaign: number): number {
    const at = campaign * ALL_SUMS;
    if (at >= this.#campaigns.length) return 0;
    const { data } = this.#campaigns;
    return Number(exactly(data, at + ALL_CHARGED) - exactly(data, at + ALL_REFUNDED));
  }

  /** Money that a shop paid in, or, negative, got back. */
  pay(shop: number, amountMicros: number): void {
    addExact(this.#of(this.#shops, shop), shop * ALL_SUMS + ALL_PAID, micros(amountMicros));
  }

  /** What the campaign was charged on the day, refunds not taken off. */
  spentMicros(campaign: number, day: Day): Micros {
    const row = this.#days.find(campaign, day);
    return (row < 0 ? 0 : this.#days.sums[row * SUMS + CHARGED]!) as Micros;
  }

  /** The same for the week that the day lies in. */
  spentInWeekMicros(campaign: number, day: Day): Micros {
    const row = this.#weeks.find(campaign, weekOf(day));
    return (row < 0 ? 0 : this.#weeks.sums[row]!) as Micros;
  }

  /** The same for ever. */
  spentInAllMicros(campaign: number): Micros {
    const at = campaign * ALL_SUMS;
    return (at < this.#campaigns.length ? nearest(this.#campaigns.data, at + ALL_CHARGED) : 0) as Micros;
  }

  /** Charges − refunds. */
  owedMicros(shop: number): Micros {
    return Number(this.exactOwed(shop)) as Micros;
  }

  /** Payments − charges + refunds. */
  balanceMicros(shop: number): Micros {
    const at = shop * ALL_SUMS;
    if (shop < 0 || at >= this.#shops.length) return 0 as Micros;
    const { data } = this.#shops;
    // By cells, so that what cancels out does so before anything is rounded.
    const high = data[at + ALL_PAID]! - data[at + ALL_CHARGED]! + data[at + ALL_REFUNDED]!;
    const low = data[at + ALL_PAID + 1]! - data[at + ALL_CHARGED + 1]! + data[at + ALL_REFUNDED + 1]!;
    return (high * 2 ** 40 + low) as Micros;
  }

  exactOwed(shop: number): bigint {
    const at = shop * ALL_SUMS;
    if (shop < 0 || at >= this.#shops.length) return 0n;
    return exactly(this.#shops.data, at + ALL_CHARGED) - exactly(this.#shops.data, at + ALL_REFUNDED);
  }

  exactPaid(shop: number): bigint {
    const at = shop * ALL_SUMS;
    return shop < 0 || at >= this.#shops.length ? 0n : exactly(this.#shops.data, at + ALL_PAID);
  }

  exactBalance(shop: number): bigint {
    return this.exactPaid(shop) - this.exactOwed(shop);
  }

  /** What the campaign did on the day, or undefined where nothing happened or the day is no longer kept. */
  find(campaign: number, day: Day): CampaignDay | undefined {
    const row = this.#days.find(campaign, day);
    return row < 0 ? undefined : this.#day(campaign, day, row);
  }

  /** Every campaign's days that are kept. */
  *days(): Generator<CampaignDay> {
    for (const { campaign, period, row } of this.#days.entries()) yield this.#day(campaign, period as Day, row);
  }

  #day(campaign: number, day: Day, row: number): CampaignDay {
    const { sums, counts } = this.#days;
    const sum = (cell: number) => sums[row * SUMS + cell]! as Micros;
    const count = (cell: number) => counts[row * COUNTS + cell]!;
    return {
      campaign,
      day,
      chargedMicros: sum(CHARGED),
      refundedMicros: sum(REFUNDED),
      refundsBookedMicros: nearest(sums, row * SUMS + BOOKED) as Micros,
      overDeliveredMicros: nearest(sums, row * SUMS + OVER) as Micros,
      impressions: count(GROSS.view),
      clicks: count(GROSS.click),
      orders: count(GROSS.order),
      invalidImpressions: count(INVALID.view),
      invalidClicks: count(INVALID.click),
      invalidOrders: count(INVALID.order),
      freeEvents: count(FREE),
      reasons: Object.fromEntries(
        INVALID_REASONS.map((reason) => [reason, count(REASONS + REASON_CODE[reason])]),
      ) as CampaignDay['reasons'],
    };
  }

  save(out: SnapshotWriter): void {
    out.json('ledger.now', this.#now);
    for (const part of [this.#usedTokens, this.#days, this.#weeks]) part.save(out);
    this.#campaigns.save(out, 'ledger.campaigns');
    this.#shops.save(out, 'ledger.shops');
    this.#all.save(out, 'ledger.all');
  }

  load(from: SnapshotReader): void {
    this.#now = from.json<Millis>('ledger.now');
    for (const part of [this.#usedTokens, this.#days, this.#weeks]) part.load(from);
    this.#campaigns.load(from, 'ledger.campaigns');
    this.#shops.load(from, 'ledger.shops');
    this.#all.load(from, 'ledger.all');
  }
}

export function unbilled(outcome: Settlement['outcome']): Settlement {
  return { outcome, chargedMicros: micros(0), overDeliveredMicros: micros(0) };
}
