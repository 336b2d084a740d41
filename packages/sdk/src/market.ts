/** What exists in a marketplace, as it travels over the wire. Money is integer micros of the marketplace's currency. */
import type { Experiment } from './experiments.ts';
import type { Ranked, Ranker, Rule, Source } from './rankers.ts';

export type Availability = 'in-stock' | 'out-of-stock' | 'preorder' | 'backorder' | 'removed';

export interface Listing {
  readonly id: string;
  readonly title: string;
  readonly priceMicros: number;
  readonly description?: string;
  /** From the widest to the narrowest, joined by ` > `. */
  readonly category?: string;
  readonly shop?: string;
  readonly brand?: string;
  readonly tags?: readonly string[];
  readonly attributes?: Readonly<Record<string, string>>;
  readonly availability?: Availability;
  /** BCP 47, of the title and description. */
  readonly language?: string;
  readonly url?: string;
  readonly imageUrl?: string;
  /** Needed for the urgency signal "only 2 left". */
  readonly stock?: Stock;
  /** The countries that it is sent to; everywhere where absent. Named as `country` is in requests and events. */
  readonly shipsTo?: readonly string[];
}

/** What the seller counted; what was sold after that is subtracted. */
export interface Stock {
  /** Pieces. */
  readonly quantity: number;
  /** When it was counted, in milliseconds since 1970; when the listing was saved where absent. */
  readonly at?: number;
}

export interface Shop {
  readonly id: string;
  readonly name: string;
  /** ISO 3166-1 alpha-2, or the marketplace's own name of the country. */
  readonly country?: string;
  /** Where present, its campaigns show only while payments − charges + refunds + the credit limit is above zero. */
  readonly wallet?: Wallet;
  /** Buyers who are the shop's own people: what they click is not billed. */
  readonly ownerBuyers?: readonly string[];
}

export interface Wallet {
  readonly creditLimitMicros: number;
}

/**
 * What a campaign wants, and so what it pays for: `views` for impressions, `visits` and `sales` for clicks, `cost-per-sale` for
 * orders that its ads brought.
 */
export type CampaignObjective = 'views' | 'visits' | 'sales' | 'cost-per-sale';

/** How bids are made: `manual` bids `bidMicros`, the others bid by themselves, never more than `bidMicros` where it is given. */
export type BiddingStrategy = Bidding['strategy'];

export type Bidding =
  | { readonly strategy: 'manual' }
  | { readonly strategy: 'maximise-clicks' }
  | { readonly strategy: 'maximise-conversions' }
  | { readonly strategy: 'maximise-value' }
  /** At most so much for an order, on average. */
  | { readonly strategy: 'target-cpa'; readonly cpaMicros: number }
  /** So much value of orders for each unit of money spent, on average: 4 is four for one. */
  | { readonly strategy: 'target-roas'; readonly roas: number };

export type Device = 'desktop' | 'mobile' | 'tablet' | 'app';

/** Factors on the bid, 0 to 10: 0 keeps the campaign away from there. */
export interface BidAdjustments {
  readonly placements?: Readonly<Record<string, number>>;
  readonly devices?: Readonly<Partial<Record<Device, number>>>;
}

/** Hours of some days of the week, in the schedule's time zone. */
export interface ScheduleHours {
  /** 1 is Monday, 7 is Sunday. */
  readonly days: readonly number[];
  /** 0 to 23, inclusive. */
  readonly from: number;
  /** 1 to 24, exclusive. */
  readonly to: number;
}

/** The campaign is shown at these hours only. */
export interface Schedule {
  /** IANA, such as Europe/Berlin. */
  readonly timeZone: string;
  readonly hours: readonly ScheduleHours[];
}

/** One buyer, or one session where nobody is signed in, sees ads of the campaign at most `impressions` times in `hours` hours. */
export interface FrequencyCap {
  readonly impressions: number;
  readonly hours: number;
}

/**
 * When a query matches a keyword: `exact`, it has the keyword's words and no others, in that order; `phrase`, it has them in a
 * row; `broad`, it has them all. Words are compared as search compares them: without case, accents, endings, stop words.
 */
export type KeywordMatch = 'exact' | 'phrase' | 'broad';

export interface Keyword {
  readonly text: string;
  readonly match: KeywordMatch;
  /** Instead of the campaign's `bidMicros` where this keyword matches. */
  readonly bidMicros?: number;
}

export interface NegativeKeyword {
  readonly text: string;
  readonly match: 'exact' | 'phrase';
}

/**
 * Where and to whom it is shown. `keywords`, `categories`, `products` and `complements` say on which pages: one of those that
 * are given must hold; where none is given, on any page that its listings suit. All the others that are given must hold, too.
 */
export interface Targeting {
  readonly keywords?: readonly Keyword[];
  /** Not where the query matches one of them. */
  readonly negativeKeywords?: readonly NegativeKeyword[];
  /** On pages of these categories and of those below them. */
  readonly categories?: readonly string[];
  /** On the pages of these listings. */
  readonly products?: readonly string[];
  /** On the pages of what its listings are bought together with. */
  readonly complements?: true;
  readonly countries?: readonly string[];
  readonly regions?: readonly string[];
  readonly devices?: readonly Device[];
  /** Segments that the marketplace knows of the buyer. */
  readonly audiences?: { readonly include?: readonly string[]; readonly exclude?: readonly string[] };
}

export interface Campaign {
  readonly id: string;
  readonly shop: string;
  /** The listings it advertises. */
  readonly listings: readonly string[];
  /** `visits` where absent. */
  readonly objective?: CampaignObjective;
  /**
   * The most for a click or, with the objective `views`, for a thousand impressions. Needed for manual bidding, where with the
   * objective `sales` it is for an average click, and single ones may cost up to twice; a cap for automatic bidding; not for
   * `cost-per-sale`.
   */
  readonly bidMicros?: number;
  /** Of `cost-per-sale`: hundredths of a per cent of the order's value, 1 to 10,000. */
  readonly commissionBasisPoints?: number;
  /** `manual` where absent. */
  readonly bidding?: Bidding;
  readonly bidAdjustments?: BidAdjustments;
  /** As the placement has it where absent. Not for `cost-per-sale`, which is always throttled. */
  readonly pacing?: PacingMethod;
  /** The most that a UTC day may cost. One budget is needed; all that are given hold together. */
  readonly dailyBudgetMicros?: number;
  /** The most that a week may cost, from Monday 00:00 UTC on. */
  readonly weeklyBudgetMicros?: number;
  /** A day may take up to a seventh of the weekly budget times this, 1 to 7; 2 where absent. */
  readonly dayMultiple?: number;
  /** The most that the campaign may ever cost. */
  readonly lifetimeBudgetMicros?: number;
  readonly status?: 'active' | 'paused';
  /** Milliseconds since 1970, inclusive. */
  readonly startsAt?: number;
  /** Milliseconds since 1970, exclusive. */
  readonly endsAt?: number;
  /** Only on these placements; on all where absent. */
  readonly placements?: readonly string[];
  readonly schedule?: Schedule;
  readonly frequencyCap?: FrequencyCap;
  readonly targeting?: Targeting;
}

export interface Review {
  readonly id: string;
  readonly listing: string;
  /** 1 to 5. */
  readonly rating: number;
  readonly text?: string;
  readonly title?: string;
  readonly buyer?: string;
  readonly at?: number;
  readonly language?: string;
  /** How many people found it helpful. */
  readonly helpful?: number;
}

/** `docs/auctions.md` explains each, and when to use which. */
export type AuctionFormat = 'gsp' | 'vcg' | 'first-price';

/** The lowest prices of a click; where several hold, the highest of them does. */
export interface AuctionReserve {
  /** Of listings in the category and what lies under it; the narrowest one named holds, in place of the placement's own. */
  readonly byCategory?: readonly { readonly category: string; readonly reserveMicros: number }[];
  /** Learned from the bids of other shops, where there are enough of them. */
  readonly learned?: {
    /** Shops that must bid for the placement before anything is learned from them; 100 where absent. */
    readonly shopsMin?: number;
    /** The most that is asked for, however much is bid. */
    readonly reserveMicrosMax?: number;
  };
}

/** How a placement's ad slots are sold. `docs/auctions.md` has the formulas. */
/**
 * How a campaign keeps to its budget over the day: `throttle` sits some auctions out and bids as ever, `shade` takes part in all with
 * lower bids.
 */
export type PacingMethod = 'throttle' | 'shade';

export interface PlacementAuction {
  /** `gsp` where absent. */
  readonly format?: AuctionFormat;
  /** Of campaigns without a choice of their own; by format and kind of bid where absent. */
  readonly pacing?: PacingMethod;
  /** The exponent of quality in the score: 1 where absent, less for bids to count for more. */
  readonly squashing?: number;
  /**
   * How likely each of `adSlots` is looked at, none above the one before, or `learned` from the placement's own ads; made from the
   * positions where absent.
   */
  readonly slotEffects?: readonly number[] | 'learned';
  readonly reserve?: AuctionReserve;
  /** Prices of a click and of a thousand views are whole multiples of it; 10,000 (a cent) where absent. */
  readonly coinMicros?: number;
  /** pClick × relevance that an ad must have. */
  readonly qualityMin?: number;
  /** At most so many ads in the placement. */
  readonly adsMax?: number;
  /** At most so many ads in this and the placements before it in one request. */
  readonly adsPerPageMax?: number;
  /** At least so many organic items between two ads. */
  readonly organicBetweenMin?: number;
  /**
   * What showing an item of relevance 1 is worth to the marketplace. Where present, an ad takes a slot only where its price and
   * its relevance are worth at least as much as the organic item that it displaces.
   */
  readonly relevanceValueMicros?: number;
}

export interface Placement {
  readonly id: string;
  /** How many items it shows. */
  readonly slots: number;
  /** Which positions (0-based) sponsored listings may take. */
  readonly adSlots?: readonly number[];
  /** Where candidates come from, in this order. */
  readonly sources: readonly Source[];
  /**
   * Once the model `sources` knows the placement, its candidates come from the sources that were learned, in as many places as `sources` have in all;
   * until then from `sources`.
   */
  readonly learnedSources?: boolean;
  readonly rules?: readonly Rule[];
  /** The lowest price of a click; none is sold for less. */
  readonly reserveMicros?: number;
  readonly auction?: PlacementAuction;
  /** A ranker by its id, or a model published by name, `untrained` among them; the one that serves where absent. */
  readonly ranker?: string;
  /**
   * `listings` where absent. `signals`: urgency signals of the page's listing, or of those in the cart; `queries`: what to search for;
   * `reviews`: those of the page's listing; `shops`; `modules`: the parts of a page. `docs/rankers.md`
   */
  readonly ranks?: Ranked;
  /** Needed with `ranks: modules`: other placements, or names of the page's own parts. */
  readonly modules?: readonly string[];
  /** With `ranks: queries`: a query is suggested once so many people have searched for it; 5 where absent, at least 3. */
  readonly queryBuyersMin?: number;
  /** At most so many urgency signals with each item; none where absent. */
  readonly itemSignals?: number;
}

/** Facts about the whole marketplace. */
export interface Settings {
  /** ISO 4217. */
  readonly currency: string;
  /** BCP 47: what text without a language of its own is taken to be in. */
  readonly language: string;
  readonly ads?: AdSettings;
  readonly buyers?: BuyerSettings;
}

/** How long buyers are remembered after they were last heard of. What ads cost and how often listings were bought does not change by it. */
export interface BuyerSettings {
  /** Of those who are known by their session only; 30 where absent. */
  readonly keepSessionsDays?: number;
  /** Of those with an id of their own; for ever where absent. */
  readonly keepDays?: number;
}

/** How ads are billed. */
export interface AdSettings {
  /** An order pays for the ad that was clicked at most so many days before; 14 where absent. */
  readonly orderWindowDays?: 1 | 7 | 14 | 30;
  /** Who may report `purchase` events: with `servers` only those who have an API key; pages, too, where absent. */
  readonly ordersFrom?: 'anyone' | 'servers';
  readonly traffic?: AdTrafficRules;
}

/** Which clicks are not billed because they are no buyer's interest. */
export interface AdTrafficRules {
  /** A click that comes sooner after its decision was no person's; 100 where absent, 0 for any. */
  readonly clickAfterMsMin?: number;
  /** A buyer's clicks on one ad within so many seconds are one; 10 where absent, 0 for each its own. */
  readonly doubleClickSeconds?: number;
  /** More clicks of one buyer on one ad within an hour are a flood; 5 where absent. */
  readonly clicksPerBuyerAdHourMax?: number;
  /** More clicks of one session on any ads within an hour are a flood; 60 where absent. */
  readonly clicksPerSessionHourMax?: number;
  /** More impressions of one ad to one buyer within an hour are not paid for; 30 where absent. */
  readonly viewsPerBuyerAdHourMax?: number;
  /** Whether a click without an impression of the same ad is invalid; not where absent. Only for those who report impressions at once. */
  readonly impressionRequired?: boolean;
}

/** The kinds of entities and what each is. */
export interface EntityOf {
  listing: Listing;
  shop: Shop;
  campaign: Campaign;
  placement: Placement;
  review: Review;
  settings: Settings;
  experiment: Experiment;
  ranker: Ranker;
}

export type EntityKind = keyof EntityOf;

/** Some of the entities of a kind. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Ask for what comes `after` it; absent on the last page. */
  readonly next?: string;
}

/** One field that a version changed. */
export interface FieldChange {
  /** `bidMicros`, `targeting.countries`. */
  readonly field: string;
  /** Absent where the field was not there; of lists of texts `added` and `removed` tell instead. */
  readonly before?: unknown;
  readonly after?: unknown;
  readonly added?: readonly string[];
  readonly removed?: readonly string[];
}

export interface EntityVersion {
  /** From 1. */
  readonly version: number;
  /** When it was saved, in milliseconds since 1970. */
  readonly at: number;
  /** Who saved it: the name of the API key, `import`, or `rialto` itself. */
  readonly by: string;
  readonly changes: readonly FieldChange[];
}

/** Newest first. */
export interface EntityVersions {
  readonly items: readonly EntityVersion[];
  /** Ask for what comes `before` it; absent on the last page. */
  readonly next?: number;
}

/** What became of entities that were saved in bulk. */
export interface BulkResult {
  /** Created or changed. */
  readonly saved: number;
  /** Equal to what was there. */
  readonly unchanged: number;
  readonly rejected: readonly RejectedEntity[];
}

export interface RejectedEntity {
  /** In what was sent, 0-based. */
  readonly index: number;
  readonly id?: string;
  /** `docs/errors.md` explains each. */
  readonly code: string;
  readonly message: string;
}
