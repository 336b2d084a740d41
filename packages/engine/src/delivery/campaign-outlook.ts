/**
 * What a campaign would get, from its replay (`campaign-replay.ts`): the estimate before it starts, and the curve of outcomes
 * against budgets and bids. A day is an average one of the next week.
 *
 * An interval is that of the outcome with demand at exp(± z σ) times the expected, where σ gathers what is uncertain: the traffic
 * forecast, the sample, the click rates of its listings and, for orders, their conversion rates; and the chance of counts.
 */
import type {
  BidOutcome,
  BudgetOutcome,
  Campaign,
  CampaignEstimate,
  CampaignOutcomes,
  DailyOutcome,
  Estimated,
  SuggestedBid,
} from '@rialto/sdk';
import { expectedDay } from '../ads/expected-day.ts';
import {
  bidForShare,
  type CurvePoint,
  type LoggedAuctions,
  outcomeCurve,
  replayBid,
  throttledCurve,
} from '../ads/outcome-curve.ts';
import { pacedBy, placementPacing } from '../ads/pacing-method.ts';
import { MICROS_PER_CENT, MILLIS_PER_DAY } from '../base/units.ts';
import type { CampaignReplay } from './campaign-replay.ts';
import { anchored, livedAnchor } from './lived-anchor.ts';
import { doubtsOf } from './outlook-doubts.ts';
import { outlookEvidence, outlookNotes } from './outlook-evidence.ts';
import { gainSentence, niceStep } from './outlook-words.ts';

/** 80 % of a normal distribution lie within so many standard deviations. */
const Z = 1.2816;
const WEEK_DAYS = 7;
const BUDGET_FACTORS = [0.5, 0.75, 1, 1.25, 1.5, 2, 2.5, 3];
const BID_FACTORS = [0.5, 0.75, 1, 1.25, 1.5, 2, 3];
/** Shares of the visits to be had that low, medium and high bids win. */
const SHARES = { low: 0.25, medium: 0.5, high: 0.75 };
const MICROS = 1_000_000;
/** Of the budget, how much more the sentence is about. */
const MORE_SHARE = 0.25;
/** A gain below this share of what there is is none. */
const GAIN_MIN = 0.01;

export function estimateCampaign(campaign: Campaign, replay: CampaignReplay): CampaignEstimate {
  const outlook = new Outlook(campaign, replay);
  const suggestedBids = outlook.suggestions();
  const level = outlook.level ?? levelOf(suggestedBids?.medium) ?? 0;
  const { sample, eligibleDaily, state } = replay;
  const all = [...sample.reasons].sort(([, a], [, b]) => b - a);
  return {
    campaign: campaign.id,
    currency: state.market.settings().currency,
    window: outlook.window(),
    evidence: outlookEvidence(replay),
    eligible: round(eligibleDaily),
    opportunities: round(outlook.opportunities()),
    missed: all.map(([reason, count]) => ({ reason, share: round(count / sample.opportunities, 4) })),
    ...outlook.named(level),
    dailyBudgetMicros: outlook.budgetMicros,
    daily: outlook.daily(outlook.budgetMicros, level),
    limitedBy: outlook.limit(level),
    ...(suggestedBids && { suggestedBids }),
    notes: outlookNotes(campaign, replay),
  };
}

export function campaignOutcomes(campaign: Campaign, replay: CampaignReplay): CampaignOutcomes {
  const outlook = new Outlook(campaign, replay);
  const level = outlook.level ?? 0;
  const { budgetMicros } = outlook;
  const moreMicros = niceStep(budgetMicros * MORE_SHARE);
  const [now, then] = outlook.curve([budgetMicros, budgetMicros + moreMicros], level);
  const currency = replay.state.market.settings().currency;
  const gain = {
    moreMicros,
    impressions: then!.impressions - now!.impressions,
    visits: round(then!.visits - now!.visits),
    orders: round(then!.orders - now!.orders),
    spendMicros: Math.round(then!.spendMicros - now!.spendMicros),
  };
  const bids = outlook.bids(level);
  const evidence = outlookEvidence(replay);
  return {
    campaign: campaign.id,
    currency,
    window: outlook.window(),
    evidence,
    dailyBudgetMicros: budgetMicros,
    logged: outlook.logged(),
    budgets: outlook.budgets(level),
    bids,
    gain: { moreMicros, visits: gain.visits, orders: gain.orders, spendMicros: gain.spendMicros },
    sentence: gainSentence({ campaign, evidence, currency, budgetMicros, now: now!, gain, bids }),
    notes: outlookNotes(campaign, replay),
  };
}

const round = (value: number, digits = 2): number => Math.round(value * 10 ** digits) / 10 ** digits;
const levelOf = (bid: SuggestedBid | undefined): number | undefined => bid?.bidMicros ?? bid?.commissionBasisPoints;

class Outlook {
  readonly #campaign: Campaign;
  readonly #replay: CampaignReplay;
  #expected: LoggedAuctions;
  readonly #automatic: boolean;
  readonly #byOrder: boolean;
  /** Whether it keeps its budget by lower bids, where most of its auctions are. */
  readonly #shades: boolean;
  /** Of a day; Infinity is no budget's value, as every campaign has one. */
  readonly budgetMicros: number;

  constructor(campaign: Campaign, replay: CampaignReplay) {
    this.#campaign = campaign;
    this.#replay = replay;
    this.#expected = expectedDay(replay.segments, ({ mean }) => mean);
    this.#automatic = (campaign.bidding?.strategy ?? 'manual') !== 'manual';
    this.#byOrder = campaign.objective === 'cost-per-sale';
    this.#shades = shades(replay);
    this.budgetMicros = dailyBudgetOf(campaign);
    this.#expected = anchored(this.#expected, this.#anchor());
  }

  #anchor(): number {
    const { rates, window, sameTerms } = this.#replay;
    if (!sameTerms || this.#expected.billing !== 'click') return 1;
    const lived = { clicks: rates.own.clicks, spendMicros: rates.ownSpendMicros };
    const daily = (lived.spendMicros * MILLIS_PER_DAY) / Math.max(window.to - window.from, 1);
    return livedAnchor(lived, this.curve([Math.max(1, Math.round(daily))], this.level ?? 0)[0]);
  }

  /** What the campaign's bids go by; unbounded where the engine bids, undefined where no bid is given. */
  get level(): number | undefined {
    if (this.#automatic) return Number.POSITIVE_INFINITY;
    const { bidMicros, commissionBasisPoints } = this.#campaign;
    return this.#byOrder ? commissionBasisPoints : bidMicros;
  }

  named(level: number): { bidMicros?: number; commissionBasisPoints?: number } {
    if (!Number.isFinite(level) || level <= 0) return {};
    return this.#byOrder ? { commissionBasisPoints: level } : { bidMicros: level };
  }

  get #weights(): Float64Array {
    return this.#expected.weights ?? new Float64Array(0);
  }

  window(): CampaignEstimate['window'] {
    const { window, sample } = this.#replay;
    return { ...window, looked: Math.round(sample.lookedAt), replayed: sample.replayed };
  }

  opportunities(): number {
    return this.#weights.reduce((sum, weight) => sum + weight, 0);
  }

  /** `demand` and `prices`: times what is expected. */
  curve(budgetsMicros: readonly number[], level: number, demand = 1, prices = 1): readonly CurvePoint[] {
    const { costs = this.#expected.prices, bidCosts } = this.#expected;
    const auctions = {
      ...this.#expected,
      weights: this.#weights.map((weight) => weight * demand),
      costs: costs.map((cost) => cost * prices),
      bidCosts: bidCosts?.map((cost) => cost * prices),
    };
    return (this.#shades ? outcomeCurve : throttledCurve)(auctions, budgetsMicros, level, 1);
  }

  daily(budgetMicros: number, level: number): DailyOutcome {
    return this.#dailies([budgetMicros], level)[0]!;
  }

  #dailies(budgetsMicros: readonly number[], level: number): DailyOutcome[] {
    const doubts = doubtsOf(this.#replay, level);
    const mean = this.curve(budgetsMicros, level);
    /** At the low and the high end: where prices are against it, a budget buys less. */
    const ends = (of: 'views' | 'visits' | 'orders', against: number) =>
      [-1, 1].map((sign) => {
        const prices = Math.exp(-sign * against * Z * doubts.prices);
        return this.curve(budgetsMicros, level, Math.exp(sign * Z * doubts[of]), prices);
      });
    const [views, visits, orders] = [ends('views', 1), ends('visits', 1), ends('orders', 1)];
    const spent = ends('visits', -1);
    return mean.map((point, i) => {
      const between = (curves: typeof views, field: Counted, event: number): Estimated =>
        interval(point[field], [curves[0]![i]![field], curves[1]![i]![field]], event);
      const spend = between(spent, 'spendMicros', point.spendMicros / Math.max(1, point.visits));
      return {
        impressions: between(views, 'impressions', 1),
        visits: between(visits, 'visits', 1),
        orders: between(orders, 'orders', 1),
        spendMicros: wholeMicros({ ...spend, high: Math.min(spend.high, budgetsMicros[i]!) }),
      };
    });
  }

  limit(level: number): CampaignEstimate['limitedBy'] {
    const free = replayBid(this.#expected, level, 1);
    if (free.spendMicros > this.budgetMicros) return 'budget';
    const most = replayBid(this.#expected, Number.MAX_VALUE, 1);
    return free.visits < (1 - GAIN_MIN) * most.visits ? 'bid' : 'traffic';
  }

  /** Undefined where nothing was won at any bid. */
  suggestions(): CampaignEstimate['suggestedBids'] {
    const most = replayBid(this.#expected, Number.MAX_VALUE, 1).visits;
    if (!(most > 0) || this.#automatic) return undefined;
    const suggest = (share: number): SuggestedBid => {
      const bid = bidForShare(this.#expected, share);
      const level = this.#byOrder ? Math.ceil(bid) : Math.ceil(bid / MICROS_PER_CENT) * MICROS_PER_CENT;
      const { visits, spendMicros } = replayBid(this.#expected, level, 1);
      return {
        ...this.named(level),
        visitShare: round(visits / most, 4),
        visits: round(visits),
        spendMicros: Math.round(spendMicros),
      };
    };
    return { low: suggest(SHARES.low), medium: suggest(SHARES.medium), high: suggest(SHARES.high) };
  }

  budgets(level: number): BudgetOutcome[] {
    const budgets = BUDGET_FACTORS.map((factor) => Math.round(factor * this.budgetMicros));
    const points = this.curve(budgets, level);
    return this.#dailies(budgets, level).map((daily, i) => {
      const point = points[i]!;
      const before = points[i - 1];
      const units = (point.spendMicros - (before?.spendMicros ?? 0)) / MICROS;
      const each = (field: Counted | 'valueMicros'): number =>
        units > 1e-6 ? Math.max(0, point[field] - (before?.[field] ?? 0)) / units : 0;
      return {
        factor: BUDGET_FACTORS[i]!,
        dailyBudgetMicros: budgets[i]!,
        ...daily,
        valueMicros: Math.round(point.valueMicros),
        marginal: {
          visits: round(each('visits'), 4),
          orders: round(each('orders'), 4),
          valueMicros: Math.round(each('valueMicros')),
        },
      };
    });
  }

  bids(level: number): BidOutcome[] {
    if (!Number.isFinite(level) || level <= 0) return [];
    return BID_FACTORS.map((factor) => {
      const at = Math.round(factor * level);
      const [point] = this.curve([this.budgetMicros], at);
      return {
        factor,
        ...this.named(at),
        impressions: round(point!.impressions),
        visits: round(point!.visits),
        orders: round(point!.orders),
        spendMicros: Math.round(point!.spendMicros),
      };
    });
  }

  logged(): CampaignOutcomes['logged'] {
    const { rates, window } = this.#replay;
    const days = Math.max(window.to - window.from, 1) / MILLIS_PER_DAY;
    return {
      impressions: round(rates.own.seen / days),
      visits: round(rates.own.clicks / days),
      orders: round(rates.ownOrders / days),
      spendMicros: Math.round(rates.ownSpendMicros / days),
    };
  }
}

function shades({ segments, row, state: { market } }: CampaignReplay): boolean {
  let shaded = 0;
  for (const { auctions, placement } of segments) {
    const by = pacedBy(row, market.campaigns, placementPacing(market.placements.at(placement)));
    shaded += by === 'throttle' ? -auctions.days.length : auctions.days.length;
  }
  return shaded > 0;
}

type Counted = 'impressions' | 'visits' | 'orders' | 'spendMicros';

/** `ends`: at the low and the high demand. `event`: what one more count adds. */
function interval(mean: number, [low, high]: readonly [number, number], event: number): Estimated {
  const chance = Z * Math.sqrt(mean * event);
  return {
    mean: round(mean),
    low: round(Math.max(0, mean - Math.hypot(mean - low, chance))),
    high: round(mean + Math.hypot(high - mean, chance)),
  };
}

function wholeMicros({ mean, low, high }: Estimated): Estimated {
  return { mean: Math.round(mean), low: Math.floor(low), high: Math.ceil(Math.max(mean, high)) };
}

/** What it may cost on an average day. */
function dailyBudgetOf(campaign: Campaign): number {
  const { dailyBudgetMicros, weeklyBudgetMicros, lifetimeBudgetMicros, startsAt, endsAt } = campaign;
  const days = startsAt === undefined || endsAt === undefined ? 1 : Math.max(1, (endsAt - startsAt) / MILLIS_PER_DAY);
  return Math.round(
    Math.min(
      dailyBudgetMicros ?? Number.MAX_SAFE_INTEGER,
      (weeklyBudgetMicros ?? Number.MAX_SAFE_INTEGER) / WEEK_DAYS,
      (lifetimeBudgetMicros ?? Number.MAX_SAFE_INTEGER) / days,
    ),
  );
}
