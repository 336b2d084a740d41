/**
 * What is bid for a click, from the state: how often a listing is bought once it is looked at, smoothed towards all listings, what
 * clicks cost on this marketplace, and the controllers of the campaign's budget and target. Of a bid by hand, what the objective
 * `sales` makes of it.
 *
 *     pCVR(l) = (bought_l + K g) / (looked at_l + K)        g = bought / looked at, over all listings
 */
import { autoBidMicros, type ClickWorth } from '../ads/autobid.ts';
import type { LedgerTotals } from '../ads/ledger.ts';
import { PURCHASES, VIEWS } from '../features/listing-counters.ts';
import { OBJECTIVES, STRATEGIES } from '../market/campaigns.ts';
import type { State } from './state.ts';

const PRIOR_VIEWS = 30;
/** Before anything was bought: one in twenty, at a tenth of a unit a click. */
const PRIOR_RATE = 0.05;
const PRIOR_CLICKS = 20;
const PRIOR_COST_MICROS = 100_000;
/** Where a seller names neither a cap nor a target, no click costs more than so many usual ones of its worth, or so much of the day's budget. */
const USUAL_CLICKS_MAX = 10;
const DAY_SHARE_MAX = 0.05;

const MANUAL = STRATEGIES.indexOf('manual');
const SALES = OBJECTIVES.indexOf('sales');
const CLICKS = STRATEGIES.indexOf('maximise-clicks');
const VALUES = new Set([STRATEGIES.indexOf('maximise-value'), STRATEGIES.indexOf('target-roas')]);
const ROAS = STRATEGIES.indexOf('target-roas');

export const bidsAutomatically = ({ market }: Pick<State, 'market'>, campaign: number): boolean =>
  market.campaigns.strategy.data[campaign] !== MANUAL;

type Known = Pick<State, 'market' | 'signals' | 'tally'> & { readonly ledger: { readonly totals: LedgerTotals } };

/** What bids are made of: the state's, or with the controllers of an arm of it. */
export type BidState = Known & Pick<State, 'autobid' | 'optimisedCpc'>;

/** g: of looks at any listing, how many end in a purchase. */
function meanConversionRate({ tally }: Pick<State, 'tally'>): number {
  const looks = tally.views + tally.clicks;
  return Math.min(1, (tally.orderLines + PRIOR_VIEWS * PRIOR_RATE) / (looks + PRIOR_VIEWS));
}

/** pCVR of a listing. */
export function conversionRate(state: Pick<State, 'signals' | 'tally'>, listing: number): number {
  const { counters } = state.signals.statistics;
  const prior = PRIOR_VIEWS * meanConversionRate(state);
  return Math.min(1, (counters.get(listing, PURCHASES) + prior) / (counters.get(listing, VIEWS) + PRIOR_VIEWS));
}

/** What the seller's own bid for a click on the listing is multiplied with: 1 but where it is for sales. */
export function conversionFactor(
  state: Pick<State, 'market' | 'signals' | 'tally' | 'optimisedCpc'>,
  campaign: number,
  listing: number,
): number {
  if (!isOptimised(state, campaign)) return 1;
  return state.optimisedCpc.factor(campaign, conversionRate(state, listing));
}

/** Whether the campaign is for sales with a bid by hand. */
function isOptimised({ market: { campaigns } }: Pick<State, 'market'>, campaign: number): boolean {
  return campaigns.objective.data[campaign] === SALES && campaigns.strategy.data[campaign] === MANUAL;
}

/** What a click on the listing is expected to bring to the campaign: 1, conversions, or revenue in micros. */
function worthOf(state: Known, campaign: number, listing: number): ClickWorth {
  const { market, tally, ledger } = state;
  const strategy = market.campaigns.strategy.data[campaign]!;
  const meanCostMicros =
    (ledger.totals.chargedMicros + PRIOR_CLICKS * PRIOR_COST_MICROS) / (tally.adClicks + PRIOR_CLICKS);
  if (strategy === CLICKS) return { value: 1, meanValue: 1, meanCostMicros };
  const rate = meanConversionRate(state);
  const converts = conversionRate(state, listing);
  if (!VALUES.has(strategy)) return { value: converts, meanValue: rate, meanCostMicros };
  const price = market.listings.priceMicros.data[listing]!;
  const meanPrice = tally.orderLines === 0 ? price : tally.orderMicros / tally.orderLines;
  return { value: converts * price, meanValue: rate * meanPrice, meanCostMicros };
}

/** Micros for a unit of value; 0 where the campaign has no target. */
function targetOf({ market: { campaigns } }: Known, campaign: number): number {
  const target = campaigns.target.data[campaign]!;
  if (target === 0) return 0;
  return campaigns.strategy.data[campaign] === ROAS ? 1 / target : target;
}

/** What a click is worth as a multiple of the average click, and the most that the campaign's target allows to bid for it. */
export function clickTerms(
  state: Known & Pick<State, 'autobid'>,
  campaign: number,
  listing: number,
): { readonly worth: number; readonly allowedMicros: number } {
  const click = worthOf(state, campaign, listing);
  const { value, meanValue } = click;
  const target = targetOf(state, campaign);
  return {
    worth: meanValue > 0 ? value / meanValue : 0,
    allowedMicros:
      target === 0 ? usualMost(state, campaign, click) : state.autobid.allowedWorth(campaign, target) * value,
  };
}

/**
 * Two campaigns whose budgets are more than they can spend would else raise each other's prices without end. Infinite where the seller
 * has named a cap.
 */
function usualMost({ market: { campaigns } }: Known, campaign: number, click: ClickWorth): number {
  if (campaigns.bidMicros.data[campaign] !== Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
  const usual = USUAL_CLICKS_MAX * click.meanCostMicros * (click.value / click.meanValue);
  const day = Math.min(campaigns.dailyBudgetMicros.data[campaign]!, campaigns.weeklyBudgetMicros.data[campaign]! / 7);
  return day === Number.POSITIVE_INFINITY ? usual : Math.max(usual, DAY_SHARE_MAX * day);
}

interface AutomaticBid {
  readonly campaign: number;
  readonly listing: number;
  /** The seller's, Infinity where there is none. */
  readonly capMicros: number;
  /** What pacing multiplies the bid with. */
  readonly share: number;
}

export function automaticBid(
  state: Known & Pick<State, 'autobid'>,
  { campaign, listing, capMicros, share }: AutomaticBid,
): number {
  const target = targetOf(state, campaign);
  const click = worthOf(state, campaign, listing);
  return autoBidMicros(click, {
    capMicros: target === 0 ? Math.min(capMicros, usualMost(state, campaign, click)) : capMicros,
    factor: share,
    allowedWorth: target === 0 ? Infinity : state.autobid.allowedWorth(campaign, target),
  });
}

/** The same for the target's controller of an arm. */
export function noteArmCharge(state: BidState, campaign: number, listing: number, chargedMicros: number): void {
  const target = targetOf(state, campaign);
  if (target === 0 || listing < 0) return;
  const { value } = worthOf(state, campaign, listing);
  state.autobid.clicked(campaign, target, { value, costMicros: chargedMicros });
}

/** Tells those that make the campaign's bids of a click that was charged. */
export function noteCharge(state: BidState, campaign: number, listing: number, chargedMicros: number): void {
  if (listing >= 0 && isOptimised(state, campaign))
    state.optimisedCpc.clicked(campaign, conversionRate(state, listing));
  noteArmCharge(state, campaign, listing, chargedMicros);
}
