/** What goes into a decision and what comes out, as plain data. */
import type { AssignedExperiment, DecideRequest, Exposure, ThingKind, UrgencyClaim } from '@rialto/sdk';
import type { Millis } from '../base/units.ts';
import type { InterleavedRecord } from '../log/record.ts';
import type { FollowedSlate } from '../ranking/draw-slate.ts';
import type { AdTerms } from './ad-terms.ts';

export interface DecisionInput {
  readonly id: string;
  readonly at: Millis;
  /** Its placements are known to exist. */
  readonly request: DecideRequest;
  /**
   * Whether a placement's latency budget has run out: a look at a clock, or what the log says of the decision when it is made again. Never
   * where absent.
   */
  readonly outOfTime?: ((placement: string, budgetMs: number) => boolean) | undefined;
  /** Requests wait for each other: decided in brief, as optional work is dropped under load (Klein et al., Brownout, 2014). */
  readonly brownout?: boolean | undefined;
  /** What a placement with a declared ranker showed: its slate is followed, and nothing drawn there. */
  readonly follow?: (placement: string) => FollowedSlate | undefined;
}

/** An item to show. `campaign` and the terms are of ads: '', and a click for nothing, for organic items. */
export interface DecisionItem extends AdTerms {
  /** Row of the listing. */
  readonly listing: number;
  readonly position: number;
  readonly campaign: string;
  readonly expiresAt: number;
}

/** A claim about a listing, by its row. */
export interface DecisionSignal {
  readonly listing: number;
  readonly claim: UrgencyClaim;
}

/** Something to show that is no listing; its position is its place in the list. */
export interface DecisionThing {
  readonly kind: ThingKind;
  readonly id: string;
  readonly score: number;
  /** Ids of reviews or listings that speak for it; absent where there is nothing to be told. */
  readonly evidence?: readonly string[];
}

export interface PlacementDecision {
  readonly placement: string;
  readonly items: readonly DecisionItem[];
  /** Absent where none was asked for. */
  readonly signals?: readonly DecisionSignal[];
  /** Of placements that rank something else than listings. */
  readonly things?: readonly DecisionThing[];
  /** Of each item, at its place, given those before it; absent where nothing was drawn. Of ads, which are not drawn, 1. */
  readonly propensities?: readonly number[];
  /** The latency budget had run out. */
  readonly late?: true;
  /** Where an experiment interleaved two rankers. */
  readonly interleaved?: InterleavedRecord;
}

export interface Decision {
  readonly placements: readonly PlacementDecision[];
  readonly exposures: readonly Exposure[];
  /** What comes with the answer. */
  readonly given: readonly AssignedExperiment[];
  /** Whose part of the budgets its ads spend, where an experiment splits them; else -1. */
  readonly arm: number;
}
