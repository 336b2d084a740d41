/** What buyers do, as it travels over the wire. */

/** Somebody who can be told apart. */
export type Person = { readonly buyer: string } | { readonly session: string };

/** What there was to forget of somebody. */
export interface ErasureResult {
  /** Whether the state knew anything that the buyer or session did. */
  readonly known: boolean;
}

export type EventType =
  | 'impression'
  | 'click'
  | 'view'
  | 'cart-add'
  | 'cart-remove'
  | 'favourite'
  | 'hide'
  | 'search'
  | 'purchase'
  | 'return'
  | 'exposure';

export interface BuyerEvent {
  /** Sending the same id twice counts once. */
  readonly id: string;
  readonly type: EventType;
  /** When it happened, milliseconds since 1970; when it arrived, where absent. */
  readonly at?: number;
  /** The signed-in buyer. One of `buyer` and `session` is needed, but for purchases. */
  readonly buyer?: string;
  /** The visit, or the anonymous device. */
  readonly session?: string;
  /** All types but `search` and `exposure` need it, and impressions and clicks with the token of something that is no listing. */
  readonly listing?: string;
  /** The token of the decision's item that was seen or clicked: what attribution and billing go by. */
  readonly token?: string;
  readonly placement?: string;
  /** Purchases and returns need it: lines of one order share it. */
  readonly order?: string;
  /** At least 1; 1 where absent. */
  readonly quantity?: number;
  /** Of one piece. */
  readonly priceMicros?: number;
  /** Searches need it. */
  readonly query?: string;
  /** Of searches: BCP 47, of the query; the marketplace's where absent. */
  readonly language?: string;
  /** Of searches: how many listings were found, where the sender knows. */
  readonly results?: number;
  /** Exposures need it and `variant`: which variant of which experiment was met. */
  readonly experiment?: string;
  readonly variant?: string;
  readonly country?: string;
  /** Known to come from a machine: kept and told of, but neither billed nor learned from. */
  readonly bot?: true;
}

export interface EventsRequest {
  readonly events: readonly BuyerEvent[];
}

export interface EventsResponse {
  /** Newly counted and durable. */
  readonly accepted: number;
  /** Known ids: counted before. */
  readonly duplicates: number;
  readonly rejected: readonly RejectedEvent[];
}

export interface RejectedEvent {
  /** In the batch, 0-based. */
  readonly index: number;
  readonly id?: string;
  readonly reason: string;
  readonly message: string;
}
