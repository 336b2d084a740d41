/** What a page asks for and what it gets. */
import type { AssignedExperiment, ExplainedAssignment } from './experiments.ts';
import type { Device } from './market.ts';
import type { Source } from './rankers.ts';

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
  /** The marketplace's own, for conditions of experiments: `attributes.plan`. */
  readonly attributes?: Readonly<Record<string, string | number | boolean | readonly string[]>>;
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

/**
 * What may be said of a listing to help a buyer who hesitates: `in-carts` and `only-left` hold now, `sold-this-week` of the last seven
 * days, `price-dropped` against the lowest price of the thirty days before.
 */
export type UrgencyKind = 'in-carts' | 'only-left' | 'sold-this-week' | 'price-dropped';

export interface UrgencyClaim {
  readonly signal: UrgencyKind;
  /** Carts, pieces, order lines; the price in micros. */
  readonly value: number;
  /** Of `price-dropped`. */
  readonly formerMicros?: number;
  /** In (0, 1): what signals are ranked by. */
  readonly strength: number;
  /** What the evidence goes back to: the oldest cart, the count of stock, the week's start, the change of the price. */
  readonly since: number;
  /** Do not show it from then on. */
  readonly expiresAt: number;
}

/** Why a claim was not made. `docs/rankers.md` explains each. */
export interface UrgencyRefusal {
  readonly signal: UrgencyKind;
  readonly refused:
    | 'unavailable'
    | 'too-few-carts'
    | 'stock-unknown'
    | 'stock-out-of-date'
    | 'stock-uncertain'
    | 'enough-left'
    | 'too-few-sales'
    | 'no-price-drop'
    | 'drop-too-old'
    | 'drop-too-small'
    | 'former-price-too-new';
}

export interface DecidedSignal extends UrgencyClaim {
  readonly listing: string;
  /** In the buyer's language. */
  readonly text: string;
}

/** A claim, or why there is none. */
export interface ExplainedSignal {
  readonly listing: string;
  readonly signal: UrgencyKind;
  readonly claim?: UrgencyClaim;
  readonly refused?: UrgencyRefusal['refused'];
}

/** What a placement can rank beside listings. */
export type ThingKind = 'query' | 'review' | 'shop' | 'module';

export interface DecidedItem {
  readonly kind: 'listing' | 'ad' | ThingKind;
  /** Of a query its text. */
  readonly id: string;
  /** 0-based. */
  readonly position: number;
  /** Send it back with the impression and the click. */
  readonly token: string;
  /** Of ads. */
  readonly campaign?: string;
  /** What speaks for it: of a review the reviews that say much the same, of a shop listings of it. */
  readonly evidence?: readonly string[];
}

export interface DecidedPlacement {
  readonly placement: string;
  readonly items: readonly DecidedItem[];
  /** Strongest first; of placements that rank signals, or ask for them with their items. */
  readonly signals?: readonly DecidedSignal[];
}

export interface DecideResponse {
  readonly decisionId: string;
  readonly placements: readonly DecidedPlacement[];
  /** The variants that the page was given; absent where there are none. */
  readonly experiments?: readonly AssignedExperiment[];
}

/** Why a candidate was not shown. `docs/reasons.md` explains each. */
export type DropReason =
  | 'unavailable'
  | 'does-not-ship'
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
  | 'low-quality'
  | 'below-reserve'
  | 'shop-has-ad'
  | 'outbid'
  | 'organic-better'
  | 'ad-load';

/** What an ad had to beat for a slot, and the share of its price that follows from it. */
export interface PriceThreshold {
  /** Of the placement's ad slots, 0-based. */
  readonly slot: number;
  readonly setBy: 'rival' | 'reserve' | 'organic';
  /** The rival's, where a rival set it. */
  readonly campaign?: string;
  readonly listing?: string;
  readonly scoreMicros: number;
  readonly share: number;
}

/**
 * Where an ad's price comes from: that of a click, of a thousand views, or the commission on an order of one piece. `docs/auctions.md`
 * walks through one. Money is micros, with fractions where nothing is charged.
 */
export interface PriceDerivation {
  readonly format: 'gsp' | 'vcg' | 'first-price';
  readonly paidFor: 'view' | 'click' | 'order';
  /** Of the placement's ad slots, 0-based. */
  readonly slot: number;
  readonly slotEffect: number;
  readonly pClick: number;
  readonly relevance: number;
  /** What a micro of bid adds to the score. */
  readonly weight: number;
  /** What showing it is worth beside the bid. */
  readonly bonusMicros: number;
  /** Bid × weight + bonus, per impression. */
  readonly scoreMicros: number;
  readonly reserveMicros: number;
  readonly reserveFrom: 'placement' | 'category' | 'learned';
  /** None in a first-price auction. */
  readonly thresholds: readonly PriceThreshold[];
  /** Before rounding. */
  readonly exactMicros: number;
  readonly coinMicros: number;
  readonly rounding: 'none' | 'up-to-coin' | 'down-to-bid';
  /** The price, as a sum to be checked by hand. */
  readonly formula: string;
}

/** What a feature did to a candidate's score, beside the mean of all candidates of the decision. */
export interface ScoreReason {
  readonly feature: string;
  /** In log-odds; in units of the objective where the placement's ranker is declared. */
  readonly effect: number;
  /** For people: “rated well” 0.82, on average 0.61: odds × 1.80 (or: value + 0.0041). */
  readonly words: string;
}

export interface ExplainedCandidate {
  readonly kind: 'listing' | 'ad';
  readonly id: string;
  readonly campaign?: string;
  /** Of a new listing: the one like it whose counts of orders and views stand in for its own, and its price with them. */
  readonly countsOf?: string;
  readonly sources: readonly string[];
  /** The ranker's log-odds, with what rules add; the value of what a declared ranker ranks. */
  readonly score?: number;
  /** Of what a declared ranker ranks: the probabilities of the actions that its objective names. */
  readonly predicted?: Readonly<Record<string, number>>;
  /** How much each feature moved the score, in log-odds; the value against the mean of all candidates where the ranker is declared. */
  readonly features?: Readonly<Record<string, number>>;
  /** What moved it most against the mean of all candidates, the strongest first. */
  readonly why?: readonly ScoreReason[];
  readonly shownAt?: number;
  readonly dropped?: { readonly stage: 'filter' | 'auction' | 'rank' | 'compose'; readonly reason: DropReason };
  readonly priceMicros?: number;
  readonly bidMicros?: number;
  /** What the seller's bid, or the one that automatic bidding starts from, was multiplied with. */
  readonly bidFactors?: {
    /** For sales: how often the listing is bought once it is clicked, against the average of the campaign's clicks. */
    readonly conversion?: number;
    /** To keep to the budget. */
    readonly pacing?: number;
    /** By variants that campaigns or listings are in. */
    readonly experiments?: number;
  };
  /** Of ads shown. */
  readonly price?: PriceDerivation;
}

/** Why a query, review, shop or module was not shown. `docs/rankers.md` explains each. */
export type ThingDropReason =
  | 'too-few-buyers'
  | 'led-to-nothing'
  | 'finds-nothing'
  | 'no-text'
  | 'own-review'
  | 'says-the-same'
  | 'nothing-to-show'
  | 'context-shop'
  | 'already-bought'
  | 'excluded-by-rule'
  | 'not-included-by-rule'
  | 'excluded-by-request'
  | 'no-candidates'
  | 'outranked';

/** A query, review, shop or module that might have been shown: the numbers that its score is made of, and what became of it. */
export interface ExplainedThing {
  readonly kind: ThingKind;
  readonly id: string;
  readonly sources: readonly string[];
  readonly score: number;
  readonly factors: Readonly<Record<string, number>>;
  /** What each factor adds to its value against the mean of all, the strongest first; empty where it was not weighed. */
  readonly why: readonly ScoreReason[];
  readonly shownAt?: number;
  /** Where it was drawn. */
  readonly propensity?: number;
  readonly dropped?: ThingDropReason;
}

export interface DecisionExplanation {
  readonly decisionId: string;
  readonly at: number;
  /** The state it was made with: how many records of the log had been applied. */
  readonly stateOffset: number;
  readonly request: DecideRequest;
  /** Requests waited for each other: it was made in brief, from a quarter of the candidates. */
  readonly brownout?: true;
  /** Whether deciding again gave the same items and prices, bit for bit. */
  readonly identical: boolean;
  /** Every experiment that concerns the placements, with the variant or the reason for none. */
  readonly experiments: readonly ExplainedAssignment[];
  readonly placements: readonly {
    readonly placement: string;
    readonly items: readonly { readonly kind: DecidedItem['kind']; readonly id: string; readonly position: number }[];
    /** Where learned candidate sources served, in the place of the placement's own. */
    readonly learnedSources?: readonly Source[];
    readonly candidates: readonly ExplainedCandidate[];
    /** Of every listing that was asked about. */
    readonly signals?: readonly ExplainedSignal[];
    /** Of placements that rank something else than listings. */
    readonly things?: readonly ExplainedThing[];
    /** The ranker's latency budget had run out: the cheap stage scored. */
    readonly late?: true;
  }[];
}
