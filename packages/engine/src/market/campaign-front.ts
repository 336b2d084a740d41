/**
 * What every auction asks of each of its campaigns, side by side: so a decision waits for memory once a campaign and not once a column.
 * Numbers stand as they are in the columns; what most campaigns do not have is a bit, and asked for only where it is set. Made from the
 * columns whenever a campaign is put, and not saved.
 */
import { float64Column } from '../base/column.ts';

/** Cells of a row: 32 bytes. */
const FRONT = 4;

// Where each stands in its row.
const TRAITS = 0;
export const DAILY_BUDGET = 1;
export const BID = 2;
/** Row of the shop. */
export const SHOP = 3;

// Traits.
// The last two bits: index into `BILLINGS`.
const BILLING = 3;
export const PAUSED = 4;
/** Has a first or a last moment. */
export const BOUNDED = 8;
/** Asks something of the page or the buyer. */
export const TARGETED = 16;
export const SCHEDULED = 32;
export const CAPPED = 64;
/** Has a weekly or a lifetime budget. */
export const LIMITED = 128;
/** Adjusts its bid to the page or the buyer. */
export const ADJUSTED = 256;
export const AUTOMATIC = 512;
/** For sales, with a bid by hand. */
export const OPTIMISED = 1024;
export const PAYS_COMMISSION = 2048;
/** For sales, or paid by order. */
export const FOR_ORDERS = 4096;
/** Its bid is not the same for each of its listings. */
export const BY_LISTING = AUTOMATIC | OPTIMISED | PAYS_COMMISSION;

export interface FrontFacts {
  readonly traits: number;
  readonly billing: number;
  readonly dailyBudgetMicros: number;
  readonly bidMicros: number;
  readonly shop: number;
}

const frontOf = (campaign: number): number => campaign * FRONT;

export class CampaignFront {
  readonly #cells = float64Column();

  /** Bits, as above. */
  traits(campaign: number): number {
    return this.#cells.data[frontOf(campaign) + TRAITS]!;
  }

  /** Whether it has any of the traits. */
  has(campaign: number, traits: number): boolean {
    return (this.traits(campaign) & traits) !== 0;
  }

  /** Index into `BILLINGS`. */
  billing(campaign: number): number {
    return this.traits(campaign) & BILLING;
  }

  get(campaign: number, cell: number): number {
    return this.#cells.data[frontOf(campaign) + cell]!;
  }

  put(campaign: number, facts: FrontFacts): void {
    this.#cells.resize(frontOf(campaign + 1));
    const row = this.#cells.data.subarray(frontOf(campaign), frontOf(campaign + 1));
    row[TRAITS] = facts.traits | facts.billing;
    row[DAILY_BUDGET] = facts.dailyBudgetMicros;
    row[BID] = facts.bidMicros;
    row[SHOP] = facts.shop;
  }
}
