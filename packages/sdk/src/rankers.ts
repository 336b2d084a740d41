/** Rankers that teams declare, and the sources and rules of placements, as they travel over the wire. `docs/rankers.md` explains each field. */

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

export type SourceName =
  | 'popular'
  | 'category'
  | 'together'
  | 'viewed-together'
  | 'history'
  | 'search'
  | 'neighbours'
  | 'similar'
  | 'recommended';

export interface Source {
  readonly source: SourceName;
  /** The most candidates that it may bring. */
  readonly limit: number;
}

/** What two listings may have in common. */
export type Likeness = 'embedding' | 'category' | 'shop';

/** How shown listings are drawn, so that other rankers can be judged by what came of them. */
export type Exploration =
  /** Each place goes with this probability to any of the best candidates, else to the best. */
  | { readonly method: 'epsilon'; readonly epsilon: number }
  /** Each place is drawn with probabilities proportional to exp(value / temperature), in units of the candidates' range of values. */
  | { readonly method: 'plackett-luce'; readonly temperature: number }
  /** Each place goes with the probability `share` to a listing that nobody has bought and that was shown fewer than `impressions` times, else to the best. */
  | { readonly method: 'newcomers'; readonly share: number; readonly impressions: number };

/** What a placement ranks. */
export type Ranked = 'listings' | 'signals' | 'queries' | 'reviews' | 'shops' | 'modules';

/** How listings are ranked: placements and variants name it as their `ranker`. */
export interface Ranker {
  readonly id: string;
  /** What showing a listing is worth, from predicted actions, its price and its numeric attributes: `purchase*margin + 0.3*cart - 0.5*hide`. */
  readonly objective: string;
  /** What it ranks: listings where absent. Placements that name it rank the same. */
  readonly ranks?: Ranked;
  /** Of attributes that the objective names, where a listing lacks one; 0 where absent. */
  readonly defaults?: Readonly<Record<string, number>>;
  /** A model published by name; the one that serves where absent. */
  readonly model?: string;
  /** Of placements that name no sources. */
  readonly sources?: readonly Source[];
  /** Hold beside those of the placement. */
  readonly rules?: readonly Rule[];
  readonly diversity?: {
    /** 0: value alone; 1: as little alike as can be. */
    readonly strength: number;
    /** Embedding and category where absent. */
    readonly by?: readonly Likeness[];
  };
  readonly exploration?: Exploration;
  /** Where it runs out, the cheap stage's answer is shown. */
  readonly latencyBudgetMs?: number;
  /** A ranker, or model published by name, that serves while there is no `model`. */
  readonly fallback?: string;
  /** Taken out of use. */
  readonly removed?: true;
}

/** A change of rankers and placements that is to be tried. */
export interface RankerTrialRequest {
  readonly rankers?: readonly Ranker[];
  /** Each with its id and the fields to change (a merge patch). */
  readonly placements?: readonly { readonly id: string; readonly [field: string]: unknown }[];
  /** Of traffic, up to the end of the log; 24 where absent. */
  readonly hours?: number;
  /** The most pages to decide again; 2,000 where absent. */
  readonly pages?: number;
}

export interface RankerCheck {
  readonly ok: boolean;
  readonly problems: readonly string[];
}

/** How often a listing, or what else the placement ranks, was shown. */
export interface ShownShift {
  readonly id: string;
  readonly before: number;
  readonly after: number;
}

export interface PlacementTrial {
  readonly placement: string;
  readonly pages: number;
  /** Share of pages on which any item is another one or at another place. */
  readonly changed: number;
  /** Mean share of the items shown before that are still shown. */
  readonly overlap: number;
  /** Mean over pages, by the changed ranker's own predictions, of the items that it knows on both sides; absent where no ranker is declared. */
  readonly value?: { readonly before: number; readonly after: number };
  readonly gain: readonly ShownShift[];
  readonly lose: readonly ShownShift[];
}

export interface TrialLatency {
  readonly mean: number;
  readonly p50: number;
  readonly p99: number;
}

export interface RankerTrial {
  /** Of the traffic that was looked at. */
  readonly from: number;
  readonly to: number;
  /** Decisions made again, of so many in that time. */
  readonly pages: number;
  readonly decisions: number;
  readonly placements: readonly PlacementTrial[];
  /** Of a decision. */
  readonly latencyMs: { readonly before: TrialLatency; readonly after: TrialLatency };
}
