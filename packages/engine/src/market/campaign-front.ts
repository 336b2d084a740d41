/**
 * What every auction asks of each of its campaigns, side by side: so a decision waits for memory once a campaign and not once a column.
 * Numbers stand as they are in the columns; what most campaigns do not have is a bit, and asked for only where it is set. Made from the
 * columns whenever a campaign is put, and not saved.
 */
import { float64Column } from '../base/column.ts';

/** Cells of a row. */
const FRONT = 8;

// Where each stands in its row.
/** Bits, as below. */
const TRAITS = 0;
export const STARTS_AT = 1;
export const ENDS_AT = 2;
export const DAILY_BUDGET = 3;
export const BID = 4;
/** Row of the shop. */
export const SHOP = 5;
/** Index into `BILLINGS`. */
export const BILLING = 6;

// Traits.
export const PAUSED = 1;
/** Asks something of the page or the buyer. */
export const TARGETED = 2;
export const SCHEDULED = 4;
export const CAPPED = 8;
/** Has a weekly or a lifetime budget. */
export const LIMITED = 16;
/** Adjusts its bid to the page or the buyer. */
export const ADJUSTED = 32;
export const AUTOMATIC = 64;
/** For sales, with a bid by hand. */
export const OPTIMISED = 128;
export const PAYS_COMMISSION = 256;
/** For sales, or paid by order. */
export const FOR_ORDERS = 512;
/** Its bid is not the same for each of its listings. */
export const BY_LISTING = AUTOMATIC | OPTIMISED | PAYS_COMMISSION;

export interface FrontFacts {
  readonly traits: number;
  readonly startsAt: number;
  readonly endsAt: number;
  readonly dailyBudgetMicros: number;
  readonly bidMicros: number;
  readonly shop: number;
  readonly billing: number;
}

/** Where the campaign's row begins. */
export const frontOf = (campaign: number): number => campaign * FRONT;

export class CampaignFront {
  readonly #cells = float64Column();

  /** [campaigns × FRONT]; replaced when campaigns are added. */
  get cells(): Float64Array {
    return this.#cells.data;
  }

  traits(campaign: number): number {
    return this.#cells.data[frontOf(campaign) + TRAITS]!;
  }

  /** Whether it has any of the traits. */
  has(campaign: number, traits: number): boolean {
    return (this.traits(campaign) & traits) !== 0;
  }

  get(campaign: number, cell: number): number {
    return this.#cells.data[frontOf(campaign) + cell]!;
  }

  put(campaign: number, facts: FrontFacts): void {
    this.#cells.resize(frontOf(campaign + 1));
    const row = this.#cells.data.subarray(frontOf(campaign), frontOf(campaign + 1));
    row[TRAITS] = facts.traits;
    row[STARTS_AT] = facts.startsAt;
    row[ENDS_AT] = facts.endsAt;
    row[DAILY_BUDGET] = facts.dailyBudgetMicros;
    row[BID] = facts.bidMicros;
    row[SHOP] = facts.shop;
    row[BILLING] = facts.billing;
  }
}
