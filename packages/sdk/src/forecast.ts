/** What is to come: traffic, and what campaigns would get of it. */
import type { Campaign } from './market.ts';

/** 80 of 100 times the value is expected between `low` and `high`. */
export interface Estimated {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** How much an answer rests on. `thin`: a first guess. */
export interface Evidence {
  readonly level: 'none' | 'thin' | 'fair' | 'good';
  /** What it rests on, and what is missing, as a sentence. */
  readonly reason: string;
}

export interface ForecastQuery {
  readonly placement: string;
  /** How many, the present one included; 24 where absent. */
  readonly hours?: number;
  /** Only requests from there; from everywhere where absent. */
  readonly country?: string;
  readonly device?: 'desktop' | 'mobile' | 'tablet' | 'app';
}

/** Requests to come to a placement, or to a segment of it. */
export interface TrafficForecast {
  readonly placement: string;
  readonly country?: string;
  readonly device?: 'desktop' | 'mobile' | 'tablet' | 'app';
  /** Of each UTC hour, beginning at `at`; the first is what is left of the present hour. */
  readonly hours: readonly (Estimated & { readonly at: number })[];
  /** Of all these hours: hours err together, so its interval is not the sum of theirs. */
  readonly total: Estimated;
  readonly evidence: Evidence;
}

/** A campaign that is not there yet: its id may be missing, and its bid or commission where one should be suggested. */
export type CampaignDraft = Omit<Campaign, 'id'> & { readonly id?: string };

/** What a campaign would get on an average day of the next week. */
export interface DailyOutcome {
  readonly impressions: Estimated;
  /** Clicks, but for those that are no buyer's interest. */
  readonly visits: Estimated;
  /** Orders within 14 days after a click. */
  readonly orders: Estimated;
  readonly spendMicros: Estimated;
}

/** What was replayed: the answer is about pages like these. */
export interface ReplayWindow {
  readonly from: number;
  readonly to: number;
  /** Logged in that time. */
  readonly decisions: number;
  /** Of these, looked at, and made again. */
  readonly looked: number;
  readonly replayed: number;
}

/** A bid: for a click or, of views, for a thousand; or a commission. */
export interface SuggestedBid {
  readonly bidMicros?: number;
  readonly commissionBasisPoints?: number;
  /** Of the visits that any bid could win, what this one wins where no budget stops it. */
  readonly visitShare: number;
  readonly visits: number;
  /** What they would cost: what the budget should be to win them all. */
  readonly spendMicros: number;
}

/** What a campaign would reach, before it starts. */
export interface CampaignEstimate {
  readonly campaign: string;
  readonly currency: string;
  readonly window: ReplayWindow;
  readonly evidence: Evidence;
  /** Placements with ad slots, on a day, that the campaign may bid on. */
  readonly eligible: number;
  /** Of them, what it may be shown in: where one of its listings suits. */
  readonly opportunities: number;
  /** What keeps it from the others, by share of all placements with ad slots. */
  readonly missed: readonly { readonly reason: string; readonly share: number }[];
  /** What is estimated for: as given or, where no bid was, the middle one of those suggested. Absent where the engine bids. */
  readonly bidMicros?: number;
  readonly commissionBasisPoints?: number;
  readonly dailyBudgetMicros: number;
  readonly daily: DailyOutcome;
  /** What holds it back: more budget, or a higher bid, would bring more; or nothing would. */
  readonly limitedBy: 'budget' | 'bid' | 'traffic';
  readonly suggestedBids?: { readonly low: SuggestedBid; readonly medium: SuggestedBid; readonly high: SuggestedBid };
  readonly notes: readonly string[];
}

/** A day at another budget. */
export interface BudgetOutcome extends DailyOutcome {
  /** Times the present budget. */
  readonly factor: number;
  readonly dailyBudgetMicros: number;
  /** Of the orders, at list prices. */
  readonly valueMicros: number;
  /** What each further unit of the currency brings between the budget before and this one. */
  readonly marginal: { readonly visits: number; readonly orders: number; readonly valueMicros: number };
}

/** A day at another bid, with the present budget. */
export interface BidOutcome {
  readonly factor: number;
  readonly bidMicros?: number;
  readonly commissionBasisPoints?: number;
  readonly impressions: number;
  readonly visits: number;
  readonly orders: number;
  readonly spendMicros: number;
}

/** What a campaign would get for other budgets and bids, all else as it was. */
export interface CampaignOutcomes {
  readonly campaign: string;
  readonly currency: string;
  readonly window: ReplayWindow;
  readonly evidence: Evidence;
  readonly dailyBudgetMicros: number;
  /** What the log says it got on a day of the window. */
  readonly logged: {
    readonly impressions: number;
    readonly visits: number;
    readonly orders: number;
    readonly spendMicros: number;
  };
  /** In rising order of budgets. */
  readonly budgets: readonly BudgetOutcome[];
  /** In rising order; none where the engine bids. */
  readonly bids: readonly BidOutcome[];
  readonly gain: {
    readonly moreMicros: number;
    readonly visits: number;
    readonly orders: number;
    readonly spendMicros: number;
  };
  /** Such as: $5.00 more a day would bring about 12 visits. */
  readonly sentence: string;
  readonly notes: readonly string[];
}
