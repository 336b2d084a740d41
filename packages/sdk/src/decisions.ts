/** What a page asks for and what it gets. */
import type { Device } from './market.ts';

export interface DecideContext {
  /** The listing whose page is open. */
  readonly listing?: string;
  readonly query?: string;
  readonly category?: string;
  /** Listings in the cart. */
  readonly cart?: readonly string[];
  readonly country?: string;
  /** BCP 47, of the query. */
  readonly language?: string;
  /** Within the country: a state, a province, whatever the marketplace tells apart. */
  readonly region?: string;
  /** `ios` and `android` count as `app`; `web` is any browser. */
  readonly device?: Device | 'web' | 'ios' | 'android';
  /** Segments that the marketplace knows of the buyer. */
  readonly audiences?: readonly string[];
}

export interface DecideRequest {
  /** One of `buyer` and `session` personalises; with neither, everybody's answer comes back. */
  readonly buyer?: string;
  readonly session?: string;
  readonly placements: readonly string[];
  readonly context?: DecideContext;
  /** Listings not to show. */
  readonly exclude?: readonly string[];
}

export interface DecidedItem {
  readonly kind: 'listing' | 'ad';
  readonly id: string;
  /** 0-based. */
  readonly position: number;
  /** Send it back with the impression and the click. */
  readonly token: string;
  /** Of ads. */
  readonly campaign?: string;
}

export interface DecidedPlacement {
  readonly placement: string;
  readonly items: readonly DecidedItem[];
}

export interface DecideResponse {
  readonly decisionId: string;
  readonly placements: readonly DecidedPlacement[];
}

/** Why a candidate was not shown. `docs/reasons.md` explains each. */
export type DropReason =
  | 'unavailable'
  | 'excluded-by-request'
  | 'excluded-by-rule'
  | 'not-included-by-rule'
  | 'context-listing'
  | 'already-bought'
  | 'hidden-by-buyer'
  | 'shop-limit'
  | 'shown-elsewhere'
  | 'outranked'
  | 'campaign-paused'
  | 'campaign-not-started'
  | 'campaign-ended'
  | 'outside-schedule'
  | 'placement-not-targeted'
  | 'country-not-targeted'
  | 'region-not-targeted'
  | 'device-not-targeted'
  | 'audience-not-included'
  | 'audience-excluded'
  | 'keyword-not-matched'
  | 'negative-keyword'
  | 'category-not-targeted'
  | 'product-not-targeted'
  | 'not-complementary'
  | 'frequency-capped'
  | 'budget-exhausted'
  | 'wallet-empty'
  | 'paced'
  | 'below-reserve'
  | 'shop-has-ad'
  | 'outbid';

export interface ExplainedCandidate {
  readonly kind: 'listing' | 'ad';
  readonly id: string;
  readonly campaign?: string;
  readonly sources: readonly string[];
  /** The ranker's log-odds, with what rules add. */
  readonly score?: number;
  /** How much each feature moved the score, in log-odds. */
  readonly features?: Readonly<Record<string, number>>;
  readonly shownAt?: number;
  readonly dropped?: { readonly stage: 'filter' | 'auction' | 'rank' | 'compose'; readonly reason: DropReason };
  readonly priceMicros?: number;
  readonly bidMicros?: number;
}

export interface DecisionExplanation {
  readonly decisionId: string;
  readonly at: number;
  /** The state it was made with: how many records of the log had been applied. */
  readonly stateOffset: number;
  readonly request: DecideRequest;
  /** Whether deciding again gave the same items and prices, bit for bit. */
  readonly identical: boolean;
  readonly placements: readonly {
    readonly placement: string;
    readonly items: readonly { readonly kind: 'listing' | 'ad'; readonly id: string; readonly position: number }[];
    readonly candidates: readonly ExplainedCandidate[];
  }[];
}
