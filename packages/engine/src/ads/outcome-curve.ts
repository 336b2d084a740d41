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
  /** What a price buys: a click, or a thousand views. */
  readonly billing: 'click' | 'view';
}

/** A day's, on average. */
export interface Outcome {
  readonly impressions: number;
  readonly visits: number;
  readonly orders: number;
  readonly spendMicros: number;
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
  const sum = new Float64Array(4);
  for (let i = 0; i < auctions.days.length; i++) {
    for (let slot = 0; slot < slots; slot++) {
      if (prices[i * slots + slot]! > bidMicros) continue;
      addSlot(sum, auctions, i, slot, 1);
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
  const sums = budgetsMicros.map(() => new Float64Array(4));
  const bids = new Float64Array(budgetsMicros.length);
  for (const rungs of rungsByDay(auctions, bidMaxMicros)) climb(auctions, rungs, { budgetsMicros, sums, bids });
  return budgetsMicros.map((budgetMicros, b) => ({
    budgetMicros,
    bidMicros: bids[b]! / Math.max(1, days),
    ...outcomeOf(sums[b]!, days),
  }));
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
  };
}

/** The least bid with which `share` of the visits that any bid could win are won; NaN where none can. */
export function bidForShare(auctions: LoggedAuctions, share: number): number {
  const rungs = [...rungsByDay(auctions, Number.POSITIVE_INFINITY)].flat();
  rungs.sort((a, b) => priceAt(auctions, a) - priceAt(auctions, b));
  const sum = new Float64Array(4);
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

function outcomeOf(sum: Float64Array, days: number): Outcome {
  const daily = sum.map((value) => value / Math.max(1, days));
  return {
    impressions: daily[IMPRESSIONS]!,
    visits: daily[VISITS]!,
    orders: daily[ORDERS]!,
    spendMicros: daily[SPEND]!,
  };
}

/** Adds `times` what a slot brings. */
function addSlot(sum: Float64Array, auctions: LoggedAuctions, auction: number, slot: number, times: number): void {
  const at = auction * auctions.slots + slot;
  const views = times * (auctions.weights?.[auction] ?? 1) * auctions.exposures[at]!;
  const clicks = views * auctions.clickRates[auction]!;
  sum[IMPRESSIONS]! += views;
  sum[VISITS]! += clicks;
  sum[ORDERS]! += clicks * auctions.conversionRates[auction]!;
  sum[SPEND]! += auctions.prices[at]! * (auctions.billing === 'click' ? clicks : views / VIEWS_BILLED);
}

/** From the slot below, or from none, to this rung's: `times` 1 takes it, a part takes it on part of the traffic. */
function step(sum: Float64Array, auctions: LoggedAuctions, rung: number, times: number): void {
  const auction = Math.floor(rung / auctions.slots);
  const slot = rung % auctions.slots;
  addSlot(sum, auctions, auction, slot, times);
  const below = slot + 1;
  if (below < auctions.slots && Number.isFinite(priceAt(auctions, rung + 1)))
    addSlot(sum, auctions, auction, below, -times);
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
  const sum = new Float64Array(4);
  const before = new Float64Array(4);
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
