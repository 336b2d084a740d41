/**
 * How uncertain a replay's outcome is: standard deviations of the logarithms of views, visits and orders.
 *
 *     views²  = traffic² + sample² + model²
 *     visits² = views² + 1 / (1 / v + own clicks)        v: of the listings' click rates, Σ share² / (clicks + 2), and of attention
 *     orders² = visits² + 1 / (1 / w + own orders)       w: the same of conversion rates
 *
 *     prices² = 1 / (own clicks + 10) + model²       of what a visit costs: a budget that is spent whole buys more or fewer
 *
 * model: what no count tells, as that rivals answer.
 */
import type { LoggedAuctions } from '../ads/outcome-curve.ts';
import { CLICKS, PURCHASES } from '../features/listing-counters.ts';
import type { CampaignReplay } from './campaign-replay.ts';

const Z = 1.2816;
const MODEL = 0.15;
/** As the click rate's prior, and that of conversions. */
const PRIOR_CLICKS = 2;
const PRIOR_ORDERS = 1.5;
/** Of what is calibrated over all ads. */
const PRIOR_COUNTS = 10;

export interface Doubts {
  readonly views: number;
  readonly visits: number;
  readonly orders: number;
  readonly prices: number;
}

export function doubtsOf({ segments, rates, state }: CampaignReplay, level: number): Doubts {
  const { counters } = state.signals.statistics;
  const ofListing = new Map<number, number>();
  let [visits, squares, mean, reach] = [0, 0, 0, 0];
  for (const { auctions, listings, daily, requestsLogged } of segments) {
    if (requestsLogged === 0) continue;
    mean += daily.mean;
    reach += (daily.high - daily.low) / 2;
    for (let i = 0; i < auctions.days.length; i++) {
      const x = (daily.mean / requestsLogged) * visitsAt(auctions, i, level);
      visits += x;
      squares += x * x;
      ofListing.set(listings[i]!, (ofListing.get(listings[i]!) ?? 0) + x);
    }
  }
  if (!(visits > 0)) return { views: 1, visits: 1, orders: 1, prices: 1 };
  let clickRates = 1 / (rates.clicks + PRIOR_COUNTS);
  let orderRates = 1 / (rates.orders + PRIOR_COUNTS);
  for (const [listing, x] of ofListing) {
    const share = (x / visits) ** 2;
    clickRates += share / (counters.get(listing, CLICKS) + PRIOR_CLICKS);
    orderRates += share / (counters.get(listing, PURCHASES) + PRIOR_ORDERS);
  }
  const views = (reach / (Z * Math.max(1e-9, mean))) ** 2 + squares / visits ** 2 + MODEL ** 2;
  const clicked = views + 1 / (1 / clickRates + rates.own.clicks);
  const ordered = clicked + 1 / (1 / orderRates + rates.ownOrders);
  return {
    views: Math.sqrt(views),
    visits: Math.sqrt(clicked),
    orders: Math.sqrt(ordered),
    prices: Math.hypot(1 / Math.sqrt(rates.own.clicks + PRIOR_COUNTS), MODEL),
  };
}

function visitsAt(auctions: LoggedAuctions, auction: number, level: number): number {
  const { slots, prices, exposures, attention, clickRates, weights } = auctions;
  for (let at = auction * slots; at < (auction + 1) * slots; at++) {
    if (!(prices[at]! <= level) || prices[at] === Number.POSITIVE_INFINITY) continue;
    return (weights?.[auction] ?? 1) * exposures[at]! * (attention?.[at] ?? 1) * clickRates[auction]!;
  }
  return 0;
}
