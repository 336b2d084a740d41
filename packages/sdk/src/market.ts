/** What exists in a marketplace, as it travels over the wire. Money is integer micros of the marketplace's currency. */

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
}

export interface Shop {
  readonly id: string;
  readonly name: string;
  /** ISO 3166-1 alpha-2, or the marketplace's own name of the country. */
  readonly country?: string;
}

export interface Campaign {
  readonly id: string;
  readonly shop: string;
  /** The listings it advertises. */
  readonly listings: readonly string[];
  /** The most that a click may cost. */
  readonly bidMicros: number;
  /** The most that a UTC day may cost. */
  readonly dailyBudgetMicros: number;
  readonly status?: 'active' | 'paused';
  /** Milliseconds since 1970, inclusive. */
  readonly startsAt?: number;
  /** Milliseconds since 1970, exclusive. */
  readonly endsAt?: number;
  /** Only on these placements; on all where absent. */
  readonly placements?: readonly string[];
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
}

/** A condition on a listing; every part that is present must hold. */
export interface Where {
  /** `id`, `shop`, `brand`, `category` (matches what lies under it too), `tag`, or the name of one of the listing's `attributes`. */
  readonly attribute?: string;
  readonly in?: readonly string[];
  readonly priceMicrosMin?: number;
  readonly priceMicrosMax?: number;
}

export type Rule =
  | { readonly rule: 'include'; readonly where: Where }
  | { readonly rule: 'exclude'; readonly where: Where }
  /** Multiplies the odds that the ranker gives by `factor` > 1. */
  | { readonly rule: 'boost'; readonly where: Where; readonly factor: number }
  /** Multiplies the odds by `factor` < 1. */
  | { readonly rule: 'bury'; readonly where: Where; readonly factor: number }
  | { readonly rule: 'pin'; readonly listing: string; readonly position: number }
  /** Leaves out what the buyer has bought already; within the last `days` where given. */
  | { readonly rule: 'not-bought'; readonly days?: number }
  | { readonly rule: 'max-per-shop'; readonly max: number };

export type SourceName = 'popular' | 'category' | 'together' | 'viewed-together' | 'history' | 'search' | 'neighbours';

export interface Source {
  readonly source: SourceName;
  /** The most candidates that it may bring. */
  readonly limit: number;
}

export interface Placement {
  readonly id: string;
  /** How many items it shows. */
  readonly slots: number;
  /** Which positions (0-based) sponsored listings may take. */
  readonly adSlots?: readonly number[];
  /** Where candidates come from, in this order. */
  readonly sources: readonly Source[];
  readonly rules?: readonly Rule[];
  /** The lowest price of a click; none is sold for less. */
  readonly reserveMicros?: number;
}

/** Facts about the whole marketplace. */
export interface Settings {
  /** ISO 4217. */
  readonly currency: string;
  /** BCP 47: what text without a language of its own is taken to be in. */
  readonly language: string;
}

/** The kinds of entities and what each is. */
export interface EntityOf {
  listing: Listing;
  shop: Shop;
  campaign: Campaign;
  placement: Placement;
  review: Review;
  settings: Settings;
}

export type EntityKind = keyof EntityOf;

/** Some of the entities of a kind. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Ask for what comes `after` it; absent on the last page. */
  readonly next?: string;
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
