/** Rankers that teams declare, as they travel over the wire. `docs/rankers.md` explains each field. */
import type { Rule, Source } from './market.ts';

/** What two listings may have in common. */
export type Likeness = 'embedding' | 'category' | 'shop';

/** How shown listings are drawn, so that other rankers can be judged by what came of them. */
export type Exploration =
  /** Each place goes with this probability to any of the best candidates, else to the best. */
  | { readonly method: 'epsilon'; readonly epsilon: number }
  /** Each place is drawn with probabilities proportional to exp(value / temperature), in units of the candidates' range of values. */
  | { readonly method: 'plackett-luce'; readonly temperature: number };

/** How listings are ranked: placements and variants name it as their `ranker`. */
export interface Ranker {
  readonly id: string;
  /** What showing a listing is worth, from predicted actions: `purchase + 0.3*cart - 0.5*hide`. */
  readonly objective: string;
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
