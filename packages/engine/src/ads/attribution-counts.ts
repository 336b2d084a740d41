/**
 * What orders came to, by campaign: over all time, by day while the day is kept, and by the listing that was advertised. For
 * each of 16 cells, window × touch × match, orders, units and value.
 */
import { addExact, exactly, nearest, SUM_CELLS } from '../base/exact-sum.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import type { Day } from '../base/units.ts';
import { DatedRows } from './dated-rows.ts';
import { KeyedRows } from './keyed-rows.ts';

export const WINDOW_DAYS = [1, 7, 14, 30] as const;
export type WindowDays = (typeof WINDOW_DAYS)[number];
/** Which touch an order followed: a click, or, where there was none, a view. */
export type Via = 'click' | 'view';
/** What was bought: the listing that was advertised, or another one of its shop (halo). */
export type Match = 'listing' | 'shop';

export interface AttributionCell {
  readonly windowDays: WindowDays;
  readonly via: Via;
  readonly match: Match;
}

/** Returns are taken off, on the day on which they came. */
export interface Conversions {
  readonly orders: number;
  readonly units: number;
  readonly valueMicros: number;
}

/** After clicks within 14 days, of the advertised listing and others of its shop. */
export interface ClickConversions extends Conversions {
  /** Valid ones. */
  readonly clicks: number;
}

export const CELLS = WINDOW_DAYS.length * 4;
/** What bidding and training look at: clicks, 14 days, either match. */
const LISTING_WINDOW: WindowDays = 14;
/** The row of all listings of a campaign. */
const ALL_LISTINGS = 0x7fffffff;
const DAYS_KEPT = 35;

function cellOf({ windowDays, via, match }: AttributionCell): number {
  return 4 * WINDOW_DAYS.indexOf(windowDays) + (via === 'click' ? 0 : 2) + (match === 'listing' ? 0 : 1);
}

export function cellAt(cell: number): AttributionCell {
  return {
    windowDays: WINDOW_DAYS[cell >> 2]!,
    via: (cell & 2) === 0 ? 'click' : 'view',
    match: (cell & 1) === 0 ? 'listing' : 'shop',
  };
}

/** Whether the cell is one of those that `ClickConversions` adds up. */
export function isClickConversion(cell: number): boolean {
  const { windowDays, via } = cellAt(cell);
  return windowDays === LISTING_WINDOW && via === 'click';
}

export interface Credit extends Conversions {
  readonly campaign: number;
  /** Row of the listing that was advertised. */
  readonly listing: number;
  readonly cell: number;
  /** The order's change for `ClickConversions`, where lines of either match are one order. */
  readonly clickOrders: number;
}

const VALUES = CELLS * SUM_CELLS;
const COUNTS = CELLS * 2;

export class AttributionCounts implements Part {
  readonly #days = new DatedRows({ name: 'attribution.days', sums: VALUES, counts: COUNTS, kept: DAYS_KEPT });
  readonly #campaigns = new KeyedRows({ numbers: VALUES, integers: COUNTS }); // (campaign, 0)
  readonly #listings = new KeyedRows({ numbers: SUM_CELLS, integers: 3 }); // (campaign, listing or all): orders, units, clicks

  /** Adds a credit, or, with negative numbers, takes one off. */
  add({ campaign, listing, cell, orders, units, valueMicros, clickOrders }: Credit, day: Day): void {
    const row = this.#campaigns.rowFor(campaign, 0);
    addExact(this.#campaigns.numbers, row * VALUES + cell * SUM_CELLS, valueMicros);
    this.#campaigns.integers[row * COUNTS + 2 * cell]! += orders;
    this.#campaigns.integers[row * COUNTS + 2 * cell + 1]! += units;
    const dated = this.#days.rowFor(campaign, day);
    if (dated >= 0) {
      addExact(this.#days.sums, dated * VALUES + cell * SUM_CELLS, valueMicros);
      this.#days.counts[dated * COUNTS + 2 * cell]! += orders;
      this.#days.counts[dated * COUNTS + 2 * cell + 1]! += units;
    }
    if (!isClickConversion(cell)) return;
    for (const of of [listing, ALL_LISTINGS]) {
      const advertised = this.#listings.rowFor(campaign, of);
      addExact(this.#listings.numbers, advertised * SUM_CELLS, valueMicros);
      this.#listings.integers[advertised * 3]! += clickOrders;
      this.#listings.integers[advertised * 3 + 1]! += units;
    }
  }

  /** Counts a click; with -1, takes back one that was found invalid after it was counted. */
  countClick(campaign: number, listing: number, change = 1): void {
    if (listing < 0) return;
    for (const of of [listing, ALL_LISTINGS]) {
      const row = this.#listings.rowFor(campaign, of); // first: a new row may replace the arrays
      this.#listings.integers[row * 3 + 2]! += change;
    }
  }

  /** Of the campaign, ever. */
  ofCampaign(campaign: number, cell: AttributionCell): Conversions {
    const row = this.#campaigns.find(campaign, 0);
    return row < 0 ? NONE : conversionsAt(this.#campaigns.numbers, this.#campaigns.integers, row, cellOf(cell));
  }

  /** Of the campaign's day, where it is still kept. */
  ofDay(campaign: number, day: Day, cell: AttributionCell): Conversions {
    const row = this.#days.find(campaign, day);
    return row < 0 ? NONE : conversionsAt(this.#days.sums, this.#days.counts, row, cellOf(cell));
  }

  /** What the campaign's clicks came to: two reads of memory, for bidding. */
  conversions(campaign: number): ClickConversions {
    return this.ofListing(campaign, ALL_LISTINGS);
  }

  /** The same of its ads of one listing. */
  ofListing(campaign: number, listing: number): ClickConversions {
    const row = this.#listings.find(campaign, listing);
    if (row < 0) return { ...NONE, clicks: 0 };
    const { integers, numbers } = this.#listings;
    return {
      orders: integers[row * 3]!,
      units: integers[row * 3 + 1]!,
      clicks: integers[row * 3 + 2]!,
      valueMicros: nearest(numbers, row * SUM_CELLS),
    };
  }

  exactValue(campaign: number, cell: AttributionCell): bigint {
    const row = this.#campaigns.find(campaign, 0);
    return row < 0 ? 0n : exactly(this.#campaigns.numbers, row * VALUES + cellOf(cell) * SUM_CELLS);
  }

  save(out: SnapshotWriter): void {
    this.#days.save(out);
    this.#campaigns.save(out, 'attribution.campaigns');
    this.#listings.save(out, 'attribution.listings');
  }

  load(from: SnapshotReader): void {
    this.#days.load(from);
    this.#campaigns.load(from, 'attribution.campaigns');
    this.#listings.load(from, 'attribution.listings');
  }
}

const NONE: Conversions = { orders: 0, units: 0, valueMicros: 0 };

function conversionsAt(values: Float64Array, counts: Int32Array, row: number, cell: number): Conversions {
  return {
    orders: counts[row * COUNTS + 2 * cell]!,
    units: counts[row * COUNTS + 2 * cell + 1]!,
    valueMicros: nearest(values, row * VALUES + cell * SUM_CELLS),
  };
}
