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
  | { readonly method: 'plackett-luce'; readonly temperature: number };

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
