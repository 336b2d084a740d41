/**
 * What a campaign would have got for another bid or budget: its logged auctions again, with only its own bid changed.
 *
 * An auction is, for the campaign, a ladder: the least bid that wins each slot, and how likely the slot is seen. A bid takes the
 * best slot it reaches and pays, as in GSP, that least bid for each click (or thousand views). Raising one bid for all auctions
 * climbs all ladders together, in the order of their rungs; sorted once, the rungs give spending and outcome for every bid.
 *
 * A budget is spent by the bid that just exhausts it, each day for itself, which is what pacing by shading comes to; a last rung
 * that is too dear is taken on part of the traffic. With one slot that is the greedy solution of the fractional knapsack, the best
 * there is, and the curve is concave; with more it is monotone, and concave but for small steps.
 *
 * Throttling keeps the bid and sits out a share of the traffic instead: spending and outcome fall in proportion.
 *
 * Rivals are taken to bid as they did: true for small changes, optimistic for large ones. Estimates: floats, not money.
 */
import { assert } from '../base/assert.ts';

export interface LoggedAuctions {
  readonly slots: number;
  readonly days: Int32Array; // [auctions]
  /** Of a view. [auctions] */
  readonly clickRates: Float64Array;
  /** Of a click. [auctions] */
  readonly conversionRates: Float64Array;
  /** The least bid that wins each slot, the best slot first, never rising; infinite where none would. [auctions × slots] */
  readonly prices: Float64Array;
  /** The chance that what is in the slot is seen, never rising. [auctions × slots] */
  readonly exposures: Float64Array;
  /** How many auctions each one stands for; 1 where absent. [auctions] */
  readonly weights?: Float64Array | undefined;
  /** What each slot costs where that is not the least bid that wins it (VCG). [auctions × slots] */
  readonly costs?: Float64Array | undefined;
  /** Where above 0, what is paid is the bid times this, as in a first-price auction. [auctions] */
  readonly bidCosts?: Float64Array | undefined;
  /** How much likelier than `clickRates` what is seen in the slot is clicked; 1 where absent. [auctions × slots] */
  readonly attention?: Float64Array | undefined;
  /** What an order is worth in micros; 0 where absent. [auctions] */
  readonly orderValues?: Float64Array | undefined;
  /** What a price buys: a click, a thousand views, or an order. */
  readonly billing: 'click' | 'view' | 'order';
}

/** A day's, on average. */
export interface Outcome {
  readonly impressions: number;
  readonly visits: number;
  readonly orders: number;
  readonly spendMicros: number;
  /** Of the orders. */
  readonly valueMicros: number;
}

export interface CurvePoint extends Outcome {
  readonly budgetMicros: number;
  /** What was bid at most to spend the budget: the mean over days. */
  readonly bidMicros: number;
}

const VIEWS_BILLED = 1000;

/** The least bids from the scores to beat (bid × quality) and a reserve price. [auctions × slots] */
export function pricesToWin(
  scoresToBeat: Float64Array,
  qualities: Float64Array,
  slots: number,
  reserveMicros: number,
): Float64Array {
  return scoresToBeat.map((score, i) => {
    const quality = qualities[Math.floor(i / slots)]!;
    return quality > 0 ? Math.max(reserveMicros, score / quality) : Number.POSITIVE_INFINITY;
  });
}

/** Every auction again with this bid and no budget. Over `days` days, where some had no auction. */
export function replayBid(auctions: LoggedAuctions, bidMicros: number, days = daysOf(auctions)): Outcome {
  const { slots, prices } = auctions;
  const sum = new Float64Array(SUMS);
  for (let i = 0; i < auctions.days.length; i++) {
    for (let slot = 0; slot < slots; slot++) {
      if (prices[i * slots + slot]! > bidMicros) continue;
      addSlot(sum, auctions, i * slots + slot, 1, bidMicros);
      break;
    }
  }
  return outcomeOf(sum, days);
}

/** What each daily budget would have brought, with bids of at most `bidMaxMicros`. Budgets in rising order. */
export function outcomeCurve(
  auctions: LoggedAuctions,
  budgetsMicros: readonly number[],
  bidMaxMicros = Number.POSITIVE_INFINITY,
  days = daysOf(auctions),
): readonly CurvePoint[] {
  if (auctions.bidCosts?.some((cost) => cost > 0)) return curveByBids(auctions, budgetsMicros, bidMaxMicros, days);
  const sums = budgetsMicros.map(() => new Float64Array(SUMS));
  const bids = new Float64Array(budgetsMicros.length);
  for (const rungs of rungsByDay(auctions, bidMaxMicros)) climb(auctions, rungs, { budgetsMicros, sums, bids });
  return budgetsMicros.map((budgetMicros, b) => ({
    budgetMicros,
    bidMicros: bids[b]! / Math.max(1, days),
    ...outcomeOf(sums[b]!, days),
  }));
}

/** Where the bid is the price, all that was won costs more with each step up: the highest bid that a budget covers, step by step. */
function curveByBids(
  auctions: LoggedAuctions,
  budgetsMicros: readonly number[],
  bidMaxMicros: number,
  days: number,
): readonly CurvePoint[] {
  const bids = [...new Set(auctions.prices)].filter((bid) => bid <= bidMaxMicros && Number.isFinite(bid));
  bids.sort((a, b) => a - b);
  if (Number.isFinite(bidMaxMicros)) bids.push(bidMaxMicros);
  return budgetsMicros.map((budgetMicros) => {
    let [from, to] = [0, bids.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (replayBid(auctions, bids[middle]!, days).spendMicros <= budgetMicros) from = middle + 1;
      else to = middle;
    }
    const bidMicros = from === 0 ? 0 : bids[from - 1]!;
    return { budgetMicros, bidMicros, ...replayBid(auctions, bidMicros, days) };
  });
}

/** What each daily budget would have brought at one bid, of which part of the traffic is sat out where it costs more. */
export function throttledCurve(
  auctions: LoggedAuctions,
  budgetsMicros: readonly number[],
  bidMicros: number,
  days = daysOf(auctions),
): readonly CurvePoint[] {
  const all = replayBid(auctions, bidMicros, days);
  return budgetsMicros.map((budgetMicros) => {
    const share = all.spendMicros > budgetMicros ? budgetMicros / all.spendMicros : 1;
    return {
      budgetMicros,
      bidMicros,
      impressions: share * all.impressions,
      visits: share * all.visits,
      orders: share * all.orders,
      spendMicros: share * all.spendMicros,
      valueMicros: share * all.valueMicros,
    };
  });
}

/** What a day's budget brings more when it is raised: "5 more a day would bring about 12 visits". */
export function gainOf(
  auctions: LoggedAuctions,
  budgetMicros: number,
  moreMicros: number,
  bidMaxMicros = Number.POSITIVE_INFINITY,
): Outcome {
  const [now, then] = outcomeCurve(auctions, [budgetMicros, budgetMicros + moreMicros], bidMaxMicros);
  return {
    impressions: then!.impressions - now!.impressions,
    visits: then!.visits - now!.visits,
    orders: then!.orders - now!.orders,
    spendMicros: then!.spendMicros - now!.spendMicros,
    valueMicros: then!.valueMicros - now!.valueMicros,
  };
}

/** The least bid with which `share` of the visits that any bid could win are won; NaN where none can. */
export function bidForShare(auctions: LoggedAuctions, share: number): number {
  const rungs = [...rungsByDay(auctions, Number.POSITIVE_INFINITY)].flat();
  rungs.sort((a, b) => priceAt(auctions, a) - priceAt(auctions, b));
  const sum = new Float64Array(SUMS);
  for (const rung of rungs) step(sum, auctions, rung, 1);
  const wanted = share * sum[VISITS]!;
  sum.fill(0);
  for (const rung of rungs) {
    step(sum, auctions, rung, 1);
    if (sum[VISITS]! >= wanted * (1 - 1e-12)) return priceAt(auctions, rung);
  }
  return Number.NaN;
}

/** Places in a sum. */
const IMPRESSIONS = 0;
const VISITS = 1;
const ORDERS = 2;
const SPEND = 3;
const VALUE = 4;
const SUMS = 5;

function outcomeOf(sum: Float64Array, days: number): Outcome {
  const daily = sum.map((value) => value / Math.max(1, days));
  return {
    impressions: daily[IMPRESSIONS]!,
    visits: daily[VISITS]!,
    orders: daily[ORDERS]!,
    spendMicros: daily[SPEND]!,
    valueMicros: daily[VALUE]!,
  };
}

/** Adds `times` what a slot brings. `at`: its place in `prices`. */
function addSlot(sum: Float64Array, auctions: LoggedAuctions, at: number, times: number, bidMicros: number): void {
  const auction = Math.floor(at / auctions.slots);
  const views = times * (auctions.weights?.[auction] ?? 1) * auctions.exposures[at]!;
  const clicks = views * auctions.clickRates[auction]! * (auctions.attention?.[at] ?? 1);
  const orders = clicks * auctions.conversionRates[auction]!;
  const bought = auctions.billing === 'click' ? clicks : auctions.billing === 'view' ? views / VIEWS_BILLED : orders;
  const ownPrice = (auctions.bidCosts?.[auction] ?? 0) * bidMicros;
  sum[IMPRESSIONS]! += views;
  sum[VISITS]! += clicks;
  sum[ORDERS]! += orders;
  sum[SPEND]! += bought * (ownPrice > 0 ? ownPrice : (auctions.costs?.[at] ?? auctions.prices[at]!));
  sum[VALUE]! += orders * (auctions.orderValues?.[auction] ?? 0);
}

/** From the slot below, or from none, to this rung's: `times` 1 takes it, a part takes it on part of the traffic. */
function step(sum: Float64Array, auctions: LoggedAuctions, rung: number, times: number): void {
  addSlot(sum, auctions, rung, times, 0);
  const isLast = rung % auctions.slots === auctions.slots - 1;
  if (!isLast && Number.isFinite(priceAt(auctions, rung + 1))) addSlot(sum, auctions, rung + 1, -times, 0);
}

const priceAt = (auctions: LoggedAuctions, rung: number): number => auctions.prices[rung]!;

/** The rungs that bids reach, of each day, cheapest first; of one price, an auction's lower slots first. */
function rungsByDay(auctions: LoggedAuctions, bidMaxMicros: number): IterableIterator<number[]> {
  const { slots, days, prices, exposures } = auctions;
  assert(prices.length === days.length * slots, 'a price for each slot of each auction', prices.length);
  assert(exposures.length === prices.length, 'an exposure for each price', exposures.length);
  const byDay = new Map<number, number[]>();
  for (let rung = prices.length - 1; rung >= 0; rung--) {
    if (!(prices[rung]! <= bidMaxMicros) || prices[rung] === Number.POSITIVE_INFINITY) continue;
    const day = days[Math.floor(rung / slots)]!;
    const rungs = byDay.get(day);
    if (rungs) rungs.push(rung);
    else byDay.set(day, [rung]);
  }
  for (const rungs of byDay.values()) rungs.sort((a, b) => prices[a]! - prices[b]!);
  return byDay.values();
}

interface Climb {
  readonly budgetsMicros: readonly number[];
  readonly sums: readonly Float64Array[];
  readonly bids: Float64Array;
}

/** One day: every budget stops on its rung. */
function climb(auctions: LoggedAuctions, rungs: readonly number[], { budgetsMicros, sums, bids }: Climb): void {
  const sum = new Float64Array(SUMS);
  const before = new Float64Array(SUMS);
  let budget = 0;
  let bid = 0;
  const stop = (part: number): void => {
    sums[budget]!.forEach((_, i) => {
      sums[budget]![i]! += before[i]! + part * (sum[i]! - before[i]!);
    });
    bids[budget]! += bid;
    budget++;
  };
  for (const rung of rungs) {
    before.set(sum);
    step(sum, auctions, rung, 1);
    const cost = sum[SPEND]! - before[SPEND]!;
    while (budget < budgetsMicros.length && sum[SPEND]! > budgetsMicros[budget]!) {
      const left = budgetsMicros[budget]! - before[SPEND]!;
      if (left > 0) bid = priceAt(auctions, rung);
      stop(cost > 0 ? Math.max(0, left / cost) : 0);
    }
    if (budget === budgetsMicros.length) return;
    bid = priceAt(auctions, rung);
  }
  before.set(sum);
  while (budget < budgetsMicros.length) stop(0);
}

function daysOf({ days }: LoggedAuctions): number {
  return new Set(days).size;
}
