/**
 * Attribution: which ad an order followed. In each window (1, 7, 14, 30 days before the order) it is credited to one touch:
 *
 *     clicks before views, the listing that was bought before others of its shop (halo), then the last
 *
 * so a window's credits never add up to more orders than there were. A touch that says it happened after the order, or that was
 * found invalid, gets nothing. The lines of an order that name one listing share the credit of the first of them.
 *
 * Orders are remembered for two to four months, so that returns are taken off where the order was credited; they count on the
 * day on which they came, so that no day changes once it is over.
 */
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { type Day, dayOf, MILLIS_PER_DAY, millis } from '../base/units.ts';
import {
  AttributionCounts,
  CELLS,
  type Credit,
  isClickConversion,
  WINDOW_DAYS,
  type WindowDays,
} from './attribution-counts.ts';
import { type FoundRow, RecentRows } from './keyed-rows.ts';
import { BY_BUYER, BY_SESSION, type Touches } from './touches.ts';

export interface OrderLine {
  /** As the sender says. */
  readonly at: number;
  /** When the engine took it in. */
  readonly takenAt: number;
  readonly order: string;
  /** See `buyerKey`. */
  readonly buyer: string | undefined;
  readonly session: string | undefined;
  readonly listing: string;
  /** Rows; the shop is -1 where the listing has none. */
  readonly listingRow: number;
  readonly shop: number;
  readonly units: number;
  readonly valueMicros: number;
}

export interface Return extends Pick<OrderLine, 'takenAt' | 'order' | 'listing' | 'units'> {}

/** What an order line paid, for its refund when it comes back. */
export interface OrderCharge {
  readonly campaign: number;
  readonly shop: number;
  readonly day: Day;
  readonly chargedMicros: number;
}

interface Best {
  readonly touches: Touches;
  readonly touch: number;
  readonly kind: number;
  readonly at: number;
}

const MEMORY_MS = 60 * MILLIS_PER_DAY;
const NOBODY = -1;
const WINDOWS = WINDOW_DAYS.length;
// Cells of a line.
const VALUE = 0;
const VALUE_RETURNED = 1;
const CHARGED = 2;
const REFUNDED = 3;
const UNITS = 0;
const UNITS_RETURNED = 1;
const PAYER = 2; // campaign + 1
const PAYING_SHOP = 3;
const CHARGED_ON = 4;
const CREDITED = 5; // [windows × (campaign + 1, listing, kind)]
const ORDER_CELLS = CELLS + 1;
const LINE = { numbers: 4, integers: CREDITED + 3 * WINDOWS };

export class Attribution implements Part {
  readonly counts = new AttributionCounts();
  readonly #clicks: Touches;
  readonly #views: Touches;
  readonly #lines = new RecentRows('attribution.lines', MEMORY_MS, LINE);
  /** Units not returned, of an order's lines that are credited to a campaign. [cells, then those of click conversions] */
  readonly #orders = new RecentRows('attribution.orders', MEMORY_MS, { numbers: 0, integers: ORDER_CELLS });

  constructor(touches: { readonly clicks: Touches; readonly views: Touches }) {
    this.#clicks = touches.clicks;
    this.#views = touches.views;
  }

  /** Credits a line of an order. Returns the credits. */
  credit(line: OrderLine): Credit[] {
    const found = this.#lines.find(lineKey(line)) ?? this.#remember(line);
    if (!found) return [];
    const { rows, row } = found;
    const valueMicros = Math.min(line.valueMicros, Number.MAX_SAFE_INTEGER - rows.numbers[row * LINE.numbers + VALUE]!);
    rows.integers[row * LINE.integers + UNITS]! += line.units;
    rows.numbers[row * LINE.numbers + VALUE]! += valueMicros;
    return this.#book(found, line, { units: line.units, valueMicros });
  }

  /** Only what follows a touch is remembered. */
  #remember(line: OrderLine): FoundRow | undefined {
    const best = this.#lastTouches(line);
    if (best.every((one) => one === undefined)) return undefined;
    const { rows, row } = this.#lines.rowFor(lineKey(line), line.takenAt);
    best.forEach((one, window) => {
      if (one === undefined) return;
      const at = row * LINE.integers + CREDITED + 3 * window;
      rows.integers[at] = one.touches.campaign(one.touch) + 1;
      rows.integers[at + 1] = one.touches.listing(one.touch);
      rows.integers[at + 2] = one.kind;
    });
    return { rows, row };
  }

  /** Takes a return off again, at most what was bought. Returns the credits, negative, and what share of the charge to give back. */
  takeBack(back: Return): {
    readonly credits: Credit[];
    readonly charge: OrderCharge | undefined;
    readonly backMicros: number;
  } {
    const found = this.#lines.find(lineKey(back));
    if (!found) return { credits: [], charge: undefined, backMicros: 0 };
    const { rows, row } = found;
    const [numbers, integers] = [row * LINE.numbers, row * LINE.integers];
    const bought = rows.integers[integers + UNITS]!;
    const units = Math.min(back.units, bought - rows.integers[integers + UNITS_RETURNED]!);
    const returned = rows.integers[integers + UNITS_RETURNED]! + units;
    rows.integers[integers + UNITS_RETURNED] = returned;
    const value = newShare(rows.numbers, numbers + VALUE, returned, bought);
    rows.numbers[numbers + VALUE_RETURNED]! += value;
    const backMicros = newShare(rows.numbers, numbers + CHARGED, returned, bought);
    rows.numbers[numbers + REFUNDED]! += backMicros;
    const credits = units === 0 ? [] : this.#book(found, back, { units: -units, valueMicros: -value });
    return { credits, charge: chargeOf(found), backMicros };
  }

  /** What was charged for the line is remembered for its return. One that was charged on another day is not charged again. */
  mayCharge(line: OrderLine, day: Day): boolean {
    const charge = chargeOf(this.#lines.find(lineKey(line)));
    return charge === undefined || charge.day === day;
  }

  charged(line: OrderLine, { campaign, shop, day, chargedMicros }: OrderCharge): void {
    const { rows, row } = this.#lines.find(lineKey(line))!;
    rows.integers[row * LINE.integers + PAYER] = campaign + 1;
    rows.integers[row * LINE.integers + PAYING_SHOP] = shop;
    rows.integers[row * LINE.integers + CHARGED_ON] = day;
    rows.numbers[row * LINE.numbers + CHARGED]! += chargedMicros;
  }

  #book({ rows, row }: FoundRow, { order, takenAt }: Return, change: { units: number; valueMicros: number }): Credit[] {
    const day = dayOf(millis(takenAt));
    const credits: Credit[] = [];
    for (let window = 0; window < WINDOWS; window++) {
      const at = row * LINE.integers + CREDITED + 3 * window;
      const campaign = rows.integers[at]! - 1;
      if (campaign < 0) continue;
      const cell = 4 * window + rows.integers[at + 2]!;
      const key = `${order}\u0000${campaign}`;
      const orders = this.#orderChange(key, cell, change.units, takenAt);
      const clickOrders = isClickConversion(cell) ? this.#orderChange(key, CELLS, change.units, takenAt) : 0;
      const credit = { campaign, listing: rows.integers[at + 1]!, cell, orders, clickOrders, ...change };
      this.counts.add(credit, day);
      credits.push(credit);
    }
    return credits;
  }

  /** 1 where the order begins to count for the campaign, -1 where all of it has come back. */
  #orderChange(key: string, cell: number, units: number, now: number): number {
    const { rows, row } = this.#orders.rowFor(key, now);
    const before = rows.integers[row * ORDER_CELLS + cell]!;
    rows.integers[row * ORDER_CELLS + cell] = before + units;
    return (before + units > 0 ? 1 : 0) - (before > 0 ? 1 : 0);
  }

  /** The touch that each window credits. [windows] */
  #lastTouches(line: OrderLine): (Best | undefined)[] {
    const best = new Array<Best | undefined>(WINDOWS).fill(undefined);
    for (const touches of [this.#clicks, this.#views]) this.#visit(touches, line, best);
    return best;
  }

  #visit(touches: Touches, line: OrderLine, best: (Best | undefined)[]): void {
    const via = touches === this.#clicks ? 0 : 2;
    for (const touch of touchesOf(touches, line)) {
      const at = touches.at(touch);
      if (at > line.at || touches.isInvalid(touch)) continue;
      const same = touches.listing(touch) === line.listingRow;
      if (!same && (line.shop === NOBODY || touches.shop(touch) !== line.shop)) continue;
      const kind = via + (same ? 0 : 1);
      for (let window = WINDOWS - 1; window >= 0; window--) {
        if (line.at - at > WINDOW_DAYS[window]! * MILLIS_PER_DAY) break;
        const other = best[window];
        if (other === undefined || kind < other.kind || (kind === other.kind && at > other.at))
          best[window] = { touches, touch, kind, at };
      }
    }
  }

  /** The last click on the very listing within the window, which an order is paid by; -1 where there is none. */
  payingClick(line: OrderLine, windowDays: WindowDays): number {
    let paying = -1;
    for (const touch of touchesOf(this.#clicks, line)) {
      const at = this.#clicks.at(touch);
      if (this.#clicks.listing(touch) !== line.listingRow || this.#clicks.isInvalid(touch)) continue;
      if (at > line.at || line.at - at > windowDays * MILLIS_PER_DAY) continue;
      if (paying < 0 || at > this.#clicks.at(paying)) paying = touch;
    }
    return paying;
  }

  /** A click on the very listing that says it came after the order; -1 where there is none. */
  laterClick(line: OrderLine): number {
    for (const touch of touchesOf(this.#clicks, line))
      if (this.#clicks.listing(touch) === line.listingRow && this.#clicks.at(touch) > line.at) return touch;
    return -1;
  }

  save(out: SnapshotWriter): void {
    for (const part of [this.counts, this.#lines, this.#orders]) part.save(out);
  }

  load(from: SnapshotReader): void {
    for (const part of [this.counts, this.#lines, this.#orders]) part.load(from);
  }
}

/** The buyer's touches, and those of the session before the buyer signed in: newest first in each. */
function* touchesOf(touches: Touches, { buyer, session }: OrderLine): Generator<number> {
  if (buyer !== undefined)
    for (let row = touches.newest(BY_BUYER, buyer); row >= 0; row = touches.older(BY_BUYER, row)) yield row;
  if (session !== undefined)
    for (let row = touches.newest(BY_SESSION, session); row >= 0; row = touches.older(BY_SESSION, row)) yield row;
}

function lineKey({ order, listing }: Pick<OrderLine, 'order' | 'listing'>): string {
  return JSON.stringify([order, listing]);
}

/** Of an amount whose part given back stands in the next cell: what `returned` of `bought` pieces add to that. */
function newShare(numbers: Float64Array, at: number, returned: number, bought: number): number {
  const whole = numbers[at]!;
  const share = returned >= bought ? whole : Number((BigInt(whole) * BigInt(returned)) / BigInt(bought));
  return Math.max(0, share - numbers[at + 1]!);
}

function chargeOf(found: FoundRow | undefined): OrderCharge | undefined {
  if (!found) return undefined;
  const { rows, row } = found;
  const at = row * LINE.integers;
  const campaign = rows.integers[at + PAYER]! - 1;
  if (campaign < 0) return undefined;
  return {
    campaign,
    shop: rows.integers[at + PAYING_SHOP]!,
    day: rows.integers[at + CHARGED_ON]! as Day,
    chargedMicros: rows.numbers[row * LINE.numbers + CHARGED]!,
  };
}
