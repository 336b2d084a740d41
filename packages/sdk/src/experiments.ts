/** Experiments and feature flags, as they travel over the wire. `docs/experiments.md` explains each field with examples. */

/**
 * What is assigned to a variant as a whole. `region-time` is a region in one of its periods of `periodHours`. Of `two-sided`, buyers and
 * what is shown to them are both dealt, and what is treated are treated items for treated buyers.
 */
export type ExperimentUnit = 'buyer' | 'session' | 'shop' | 'listing' | 'campaign' | 'region-time' | 'two-sided';

/** What a variant does to single items. Factors are 1 where absent. */
export interface ItemTreatment {
  /** Of an ad's bid, which never comes above the seller's own bid or cap for it. Commissions stay as they were agreed. */
  readonly bidFactor?: number;
  /** Of the least price that is asked of the ad. */
  readonly reserveFactor?: number;
  /** Of the ad's quality in the auction: above 1, it wins with lower bids, and pays less for the same place. */
  readonly scoreFactor?: number;
  /** How the campaign takes the share of its possible spending that pacing lets it take. */
  readonly pacing?: 'throttle' | 'shade';
  /** Added to the ranker's score of the listing. */
  readonly boost?: number;
}

export interface Variant {
  readonly name: string;
  /** Its share of the units in the experiment. The shares add up to 1. */
  readonly weight: number;
  /** What a client gets, any JSON; the variant's name where absent. */
  readonly value?: unknown;
  /** By placement: what is different in its configuration, as a JSON merge patch: objects merge, lists replace, `null` takes away. */
  readonly changes?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Of the units `campaign` and `two-sided`: what is different about the items themselves. */
  readonly items?: ItemTreatment;
}

/** Units that share a layer by name are in at most one of the experiments whose ranges do not overlap. */
export interface ExperimentLayer {
  readonly name: string;
  /** 0 to 1, inclusive. */
  readonly from: number;
  /** 0 to 1, exclusive, above `from`. */
  readonly to: number;
}

/** From a time on, so much of the units takes part. */
export interface RolloutStage {
  readonly from: number;
  readonly coverage: number;
}

/** The unit must be in one of the variants of another experiment. */
export interface Prerequisite {
  readonly experiment: string;
  readonly variants: readonly string[];
}

/** A metric that must not become worse by more than `tolerance`, a share of the control's value; 0 where absent. */
export interface Guardrail {
  readonly metric: string;
  readonly worse: 'lower' | 'higher';
  readonly tolerance?: number;
}

/** Thompson sampling over the variants. */
export interface Bandit {
  /** What a unit is to do within the window after it was dealt. */
  readonly reward: 'click' | 'cart-add' | 'favourite' | 'purchase';
  /** Rewards count once it is over. */
  readonly windowHours: number;
  /** No variant's probability is lower. */
  readonly floor: number;
  /** How often probabilities are made anew; 60 where absent. */
  readonly everyMinutes?: number;
  /**
   * What it learns by: each combination of values is a segment with probabilities of its own. `country`, `region`, `language`, `device`,
   * `category`, or `attributes.NAME` of the context, such as whether a buyer is new.
   */
  readonly by?: readonly string[];
}

/** How one list is made of two rankings. */
export type InterleaveMethod = 'team-draft' | 'balanced';

/** An experiment; with a single variant, a feature flag. */
export interface Experiment {
  readonly id: string;
  readonly description?: string;
  /** `draft` where absent. */
  readonly status?: 'draft' | 'running' | 'stopped';
  readonly unit: ExperimentUnit;
  /** The first is the control. */
  readonly variants: readonly Variant[];
  /** What the hash of a unit begins with, the experiment's id where absent: another one deals the units anew. */
  readonly seed?: string;
  /** The share of the units that takes part; 1 where absent. */
  readonly coverage?: number;
  /** In place of `coverage`, by time, in ascending order; nobody before the first stage. */
  readonly rollout?: readonly RolloutStage[];
  /** Milliseconds since 1970, inclusive. */
  readonly startsAt?: number;
  /** Milliseconds since 1970, exclusive. */
  readonly endsAt?: number;
  readonly layer?: ExperimentLayer;
  readonly prerequisites?: readonly Prerequisite[];
  /** Units in this variant take part in no other experiment of the same unit: a global holdout. */
  readonly holdsOut?: string;
  /** Who takes part, in the operators of GrowthBook: `{"country": {"$in": ["DE", "FR"]}}`. */
  readonly condition?: Readonly<Record<string, unknown>>;
  /** Where its value comes with decisions, beside the placements that it changes. */
  readonly placements?: readonly string[];
  /** The name that clients ask for; the id where absent. */
  readonly feature?: string;
  /** What clients get who do not take part; `null` where absent. */
  readonly fallback?: unknown;
  /** Units that have been exposed stay in their variant, whatever becomes of weights, coverage and conditions. */
  readonly sticky?: true;
  /** For trying out: these units see that variant, and do not count. */
  readonly overrides?: readonly { readonly unit: string; readonly variant: string }[];
  /** Of `two-sided`: what is dealt beside the buyers; `listing` where absent. */
  readonly otherSide?: 'listing' | 'campaign';
  /**
   * Of `two-sided` by campaign, with `splitsBudgets`: shares of the campaigns that are treated for treated buyers, a day (of UTC) each, over and
   * over, by turns. Weights then hold for buyers only.
   */
  readonly doses?: readonly number[];
  /** Of `region-time`: how long a region keeps its variant. */
  readonly periodHours?: number;
  /** Of `region-time`: what is left out of the analysis at the beginning of each period, while the last one's variant lingers; 0 where absent. */
  readonly burnInMinutes?: number;
  readonly decisionMetric?: string;
  readonly guardrails?: readonly Guardrail[];
  /**
   * Both variants' rankers make one list together, and clicks tell which of them put an item there. The two variants change nothing but
   * `ranker`; weights have no part in it.
   */
  readonly interleaves?: InterleaveMethod;
  /** In place of the weights, which only begin it, a bandit deals the variants. With `sticky`. */
  readonly bandit?: Bandit;
  /** Every campaign's budgets, and shops' credit, are divided among the variants by weight, each with a pacing of its own. */
  readonly splitsBudgets?: true;
  /** With `splitsBudgets`: what of every budget is for requests that take no part; 1 − coverage where absent. */
  readonly outsideShare?: number;
  /** Of a stopped one: what everybody who meets `condition` gets from then on. */
  readonly ship?: string;
  /** Of a stopped one: why. */
  readonly stopReason?: string;
}

/** A unit that met a variant. */
export interface Exposure {
  readonly experiment: string;
  readonly variant: string;
  /** Of the experiment's record. */
  readonly version: number;
  /** The id of what was assigned. */
  readonly unit: string;
  /** Where a bandit drew the variant just now: how likely each was, in the order of the experiment. */
  readonly probabilities?: readonly number[];
  /** Of a bandit that learns by segments: in which the unit was. */
  readonly segment?: string;
  /** Of `two-sided`, where the unit is no buyer: what it is. */
  readonly side?: 'listing' | 'campaign';
}

/** An exposure as a decision's answer has it. */
export interface AssignedExperiment extends Exposure {
  /** The variant's, where it has one. */
  readonly value?: unknown;
}

/** Why a unit is in its variant, or in none. `docs/experiments.md` explains each. */
export type AssignmentReason =
  | 'bucket'
  | 'by-item'
  | 'bandit'
  | 'sticky'
  | 'override'
  | 'shipped'
  | 'not-running'
  | 'no-unit'
  | 'not-targeted'
  | 'outside-layer'
  | 'in-holdout'
  | 'prerequisite-not-met'
  | 'outside-coverage';

export interface ExplainedAssignment {
  readonly experiment: string;
  readonly version: number;
  readonly unit?: string;
  readonly variant?: string;
  readonly reason: AssignmentReason;
  /** 0 to 9,999: where the hash of the unit lies. */
  readonly bucket?: number;
}

export interface ExperimentStatus {
  readonly id: string;
  readonly version: number;
  readonly status: 'draft' | 'running' | 'stopped';
  /** Running, and within its dates. */
  readonly live: boolean;
  /** Of the units, now. */
  readonly coverage: number;
  /** Exposures counted so far, decisions and events, by variant. */
  readonly exposures: readonly { readonly variant: string; readonly count: number }[];
  /** Of a bandit: how likely the next unit is to get each variant, in their order. */
  readonly probabilities?: readonly number[];
  /** Of a bandit that learns by segments: the same in each that it has met. */
  readonly segments?: readonly { readonly segment: string; readonly probabilities: readonly number[] }[];
  readonly ship?: string;
  readonly stopReason?: string;
}

export interface StopRequest {
  /** The variant that everybody gets from now on; what was before the experiment where absent. */
  readonly ship?: string;
  readonly reason?: string;
}
