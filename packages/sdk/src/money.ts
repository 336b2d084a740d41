/** Money between the marketplace and its sellers, as it travels over the wire. */

/** Money that a seller paid in, or, negative, got back. Recording the same id twice counts once. */
export interface Payment {
  readonly id: string;
  readonly shop: string;
  readonly amountMicros: number;
  /** When it was made; when it was recorded, where absent. */
  readonly at?: number;
  readonly note?: string;
}

/** What a seller owes and has paid. Whole numbers beyond 2^53 are strings, so that no reader rounds them. */
export interface Balance {
  readonly shop: string;
  readonly paidMicros: number | string;
  /** Charges − refunds. */
  readonly owedMicros: number | string;
  /** Paid − owed. */
  readonly balanceMicros: number | string;
  /** How far the balance may fall below zero; absent where the shop has no wallet. */
  readonly creditLimitMicros?: number;
}

/**
 * Money to give back of what ads were charged: of a campaign's day, of all that a decision showed, or of one item of it. Asking
 * with the same id twice gives it back once.
 */
export interface RefundRequest {
  readonly id: string;
  readonly reason: string;
  /** At most so much; with `decision` or `token`, all of it where absent. */
  readonly amountMicros?: number;
  readonly campaign?: string;
  /** The UTC day that was billed, such as 2026-05-20. */
  readonly day?: string;
  readonly decision?: string;
  /** The item's, as the page got it. */
  readonly token?: string;
}

export interface RefundResult {
  readonly id: string;
  readonly refundedMicros: number;
  /** 1 where this id had been refunded before: nothing more was given back. */
  readonly unchanged: number;
}

/**
 * A line of a shop's statement: what a campaign's views, clicks or orders of one UTC day cost, what was given back, or what was
 * paid. Columns are named as in the CSV. Whole numbers beyond 2^53 are strings.
 */
export interface StatementRow {
  readonly day: string;
  readonly shop: string;
  /** Null in lines of payments. */
  readonly campaign: string | null;
  readonly entry: 'view' | 'click' | 'order' | 'refund' | 'payment';
  /** Of a refund. */
  readonly reason: string | null;
  /** Events of the kind that is paid for, invalid ones among them. */
  readonly gross_events: number;
  readonly invalid_events: number;
  readonly net_events: number;
  /** Net ones that the limits had nothing left for. */
  readonly free_events: number;
  readonly charged_micros: number | string;
  readonly refunded_micros: number | string;
  readonly over_delivered_micros: number | string;
  readonly paid_micros: number | string;
  /** The shop's balance before the line, and after it. */
  readonly opening_micros: number | string;
  readonly closing_micros: number | string;
}
