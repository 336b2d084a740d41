/**
 * The ledger: what every click cost whom. Integer micros throughout; sums stay exact up to nine billion units of currency.
 *
 * It keeps three promises, whatever is repeated, late, or told by a clock that jumps:
 * 1. a charge never takes a campaign's UTC day above the daily budget in force: what is left is charged, the rest of the
 *    price is free to the seller and counted as over-delivery. A refund does not open the day's budget again;
 * 2. a token bills at most once, and never once it has expired;
 * 3. charges − refunds = what the shops owe, in the rows, by shop and in total.
 *
 * It has two ideas of time. Spending belongs to the day of the record that brought the click, so that a clock which
 * jumped ahead and came back finds the day's spending where it was. Expiry goes by the latest time ever seen, which only
 * grows, so that no token comes back to life. After such a jump, whoever makes tokens must count their life from `now`, or
 * they are born expired.
 */
import { assert } from '../base/assert.ts';
import { float64Column, int32Column } from '../base/column.ts';
import { PairIndex } from '../base/pair-index.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { type Day, dayOf, type Micros, type Millis, micros, millis } from '../base/units.ts';
import type { AdClaims } from './token.ts';
import { UsedTokens } from './used-tokens.ts';

export interface AdClick {
  /** From a token whose signature was found good. */
  readonly claims: AdClaims;
  /** The campaign's row, -1 where it does not exist. */
  readonly campaign: number;
  /** The row of the shop that pays. */
  readonly shop: number;
  /** When the engine took the click in: never the client's time. */
  readonly at: Millis;
  /** In force at this moment. */
  readonly dailyBudgetMicros: number;
}

export interface Settlement {
  readonly outcome: 'charged' | 'over-budget' | 'expired' | 'replayed' | 'unknown-campaign';
  /** Where 'charged': the price, or the part of it that the budget had left. */
  readonly chargedMicros: Micros;
  /** The part of the price that the budget did not have left. */
  readonly overDeliveredMicros: Micros;
}

export interface Refund {
  readonly campaign: number;
  readonly shop: number;
  readonly day: Day;
  readonly amountMicros: number;
}

/** What one campaign did on one UTC day. */
export interface CampaignDay {
  readonly campaign: number;
  readonly day: Day;
  readonly chargedMicros: Micros;
  readonly refundedMicros: Micros;
  readonly overDeliveredMicros: Micros;
  readonly impressions: number;
  /** Free ones included. */
  readonly clicks: number;
  /** Those that the budget had nothing left for. */
  readonly freeClicks: number;
}

export interface LedgerTotals {
  readonly chargedMicros: Micros;
  readonly refundedMicros: Micros;
  readonly overDeliveredMicros: Micros;
}

export class Ledger implements Part {
  #now = millis(0);
  readonly #usedTokens = new UsedTokens();
  readonly #rows = new PairIndex(); // (campaign, day) → row
  // Columns, all [rows].
  readonly #campaigns = int32Column();
  readonly #days = int32Column();
  readonly #charged = float64Column();
  readonly #refunded = float64Column();
  readonly #overDelivered = float64Column();
  readonly #impressions = int32Column();
  readonly #clicks = int32Column();
  readonly #freeClicks = int32Column();
  readonly #owed = float64Column(); // [shops]
  #totals: LedgerTotals = { chargedMicros: micros(0), refundedMicros: micros(0), overDeliveredMicros: micros(0) };

  /** The latest time seen. It never goes back. */
  get now(): Millis {
    return this.#now;
  }

  /** How many (campaign, day) rows there are. */
  get size(): number {
    return this.#campaigns.length;
  }

  get totals(): LedgerTotals {
    return this.#totals;
  }

  /** Takes note of the time of a record, of any kind. */
  advance(at: Millis): void {
    if (at <= this.#now) return;
    const newDay = dayOf(at) > dayOf(this.#now);
    this.#now = at;
    if (newDay) this.#usedTokens.forgetExpired(at);
  }

  countImpression(campaign: number, at: Millis): void {
    this.advance(at);
    const row = this.#rowFor(campaign, dayOf(at)); // first: a new row may replace the columns' arrays
    this.#impressions.data[row]!++;
  }

  settleClick(click: AdClick): Settlement {
    const { claims, campaign, at } = click;
    this.advance(at);
    if (this.#now >= claims.expiresAt) return unbilled('expired');
    if (campaign < 0) return unbilled('unknown-campaign');
    if (
      !this.#usedTokens.use(
        claims.decisionId,
        claims.placement,
        claims.listing,
        claims.position,
        millis(claims.expiresAt),
      )
    )
      return unbilled('replayed');
    return this.#charge(click);
  }

  #charge({ claims, campaign, shop, at, dailyBudgetMicros }: AdClick): Settlement {
    const price = micros(claims.priceMicros);
    const row = this.#rowFor(campaign, dayOf(at));
    const left = micros(Math.max(0, dailyBudgetMicros - this.#charged.data[row]!));
    const charged = micros(Math.min(price, left));
    const overDelivered = micros(price - charged);
    const free = charged < price && left === 0;
    this.#charged.data[row]! += charged;
    this.#overDelivered.data[row]! += overDelivered;
    this.#clicks.data[row]!++;
    if (free) this.#freeClicks.data[row]!++;
    this.#addOwed(shop, charged);
    this.#totals = {
      chargedMicros: (this.#totals.chargedMicros + charged) as Micros,
      refundedMicros: this.#totals.refundedMicros,
      overDeliveredMicros: (this.#totals.overDeliveredMicros + overDelivered) as Micros,
    };
    return { outcome: free ? 'over-budget' : 'charged', chargedMicros: charged, overDeliveredMicros: overDelivered };
  }

  /** Gives money back: at most what the campaign was charged that day and the shop still owes. Returns how much. */
  refund({ campaign, shop, day, amountMicros }: Refund): Micros {
    assert(amountMicros >= 0, 'a refund cannot be negative', amountMicros);
    const row = this.#rows.find(campaign, day);
    if (row < 0) return micros(0);
    const billed = this.#charged.data[row]! - this.#refunded.data[row]!;
    const refunded = micros(Math.min(amountMicros, billed, this.owedMicros(shop)));
    this.#refunded.data[row]! += refunded;
    this.#addOwed(shop, -refunded);
    this.#totals = { ...this.#totals, refundedMicros: (this.#totals.refundedMicros + refunded) as Micros };
    return refunded;
  }

  #addOwed(shop: number, amount: number): void {
    assert(shop >= 0, 'somebody must pay: the campaign has no shop', shop);
    this.#owed.resize(shop + 1);
    this.#owed.data[shop]! += amount;
  }

  /** What the campaign was charged on the day, refunds not taken off. */
  spentMicros(campaign: number, day: Day): Micros {
    const row = this.#rows.find(campaign, day);
    return (row < 0 ? 0 : this.#charged.data[row]!) as Micros;
  }

  remainingMicros(campaign: number, day: Day, dailyBudgetMicros: number): Micros {
    return micros(Math.max(0, dailyBudgetMicros - this.spentMicros(campaign, day)));
  }

  owedMicros(shop: number): Micros {
    return (shop >= 0 && shop < this.#owed.length ? this.#owed.data[shop]! : 0) as Micros;
  }

  /** What the campaign did on the day, or undefined where nothing happened. */
  find(campaign: number, day: Day): CampaignDay | undefined {
    const row = this.#rows.find(campaign, day);
    return row < 0 ? undefined : this.at(row);
  }

  /** Rows come in the order in which they first saw something. */
  at(row: number): CampaignDay {
    assert(row >= 0 && row < this.size, 'the ledger has no such row', row);
    return {
      campaign: this.#campaigns.data[row]!,
      day: this.#days.data[row]! as Day,
      chargedMicros: this.#charged.data[row]! as Micros,
      refundedMicros: this.#refunded.data[row]! as Micros,
      overDeliveredMicros: this.#overDelivered.data[row]! as Micros,
      impressions: this.#impressions.data[row]!,
      clicks: this.#clicks.data[row]!,
      freeClicks: this.#freeClicks.data[row]!,
    };
  }

  #rowFor(campaign: number, day: Day): number {
    const known = this.#rows.find(campaign, day);
    if (known >= 0) return known;
    assert(campaign >= 0 && day >= 0, 'the ledger needs a campaign row and a day since 1970', `${campaign}, ${day}`);
    const row = this.size;
    this.#rows.add(campaign, day, row);
    for (const [, column] of this.#columns()) column.resize(row + 1);
    this.#campaigns.data[row] = campaign;
    this.#days.data[row] = day;
    return row;
  }

  #columns() {
    return [
      ['ledger.campaigns', this.#campaigns],
      ['ledger.days', this.#days],
      ['ledger.charged', this.#charged],
      ['ledger.refunded', this.#refunded],
      ['ledger.over-delivered', this.#overDelivered],
      ['ledger.impressions', this.#impressions],
      ['ledger.clicks', this.#clicks],
      ['ledger.free-clicks', this.#freeClicks],
    ] as const;
  }

  save(out: SnapshotWriter): void {
    out.json('ledger.now', this.#now);
    out.json('ledger.totals', this.#totals);
    this.#usedTokens.save(out);
    this.#rows.save(out, 'ledger.rows');
    for (const [name, column] of this.#columns()) column.save(out, name);
    this.#owed.save(out, 'ledger.owed');
  }

  load(from: SnapshotReader): void {
    this.#now = from.json<Millis>('ledger.now');
    this.#totals = from.json<LedgerTotals>('ledger.totals');
    this.#usedTokens.load(from);
    this.#rows.load(from, 'ledger.rows');
    for (const [name, column] of this.#columns()) column.load(from, name);
    this.#owed.load(from, 'ledger.owed');
  }
}

function unbilled(outcome: Settlement['outcome']): Settlement {
  return { outcome, chargedMicros: micros(0), overDeliveredMicros: micros(0) };
}
