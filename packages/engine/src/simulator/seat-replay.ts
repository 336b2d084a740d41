/**
 * One seat's period played again under another bidder, against bids of the others that stay as they were: what the policies
 * under test, and the optimum, are compared on. A policy is told what a bidder of AuctionNet is told: its values of the tick's
 * opportunities and their uncertainty's mean, what is left of its budget, its own results, and past ticks' third prices.
 */

import { type PlayedPeriod, rivalsOf } from './auctionnet-period.ts';
import { conversionLuck, drawSeen, drawTruth, drawValues, type Seat, TICKS } from './auctionnet-world.ts';

export interface SeatTick {
  /** What the seat is told. [n] */
  readonly values: Float32Array;
  /** What each slot costs: slot by slot. [3 × n] */
  readonly prices: Float32Array;
  /** How many of the slots are seen. [n] */
  readonly seen: Uint8Array;
  /** Whether it converts when seen. [n] */
  readonly converts: Uint8Array;
}

export interface SeatPeriod {
  readonly seat: Seat;
  readonly ticks: readonly SeatTick[];
}

/** What a tick brought its bidder, and what the market shows of it afterwards. */
export interface TickResult {
  readonly cost: number;
  /** Sum of the told values of what was seen. */
  readonly value: number;
  readonly conversions: number;
  /** Opportunities won in each slot, seen or not. [3] */
  readonly won: readonly number[];
  /** What the third slot cost, the bidder's own bids included. [n] */
  readonly thirdPrices: Float32Array;
}

export interface TickOffer {
  readonly tick: number;
  readonly values: Float32Array;
  readonly remaining: number;
}

export interface SeatBidder {
  /** Writes a bid for each opportunity. */
  bid(offer: TickOffer, bids: Float32Array): void;
  /** Is told what came of the tick. */
  observe(result: TickResult): void;
}

export interface SeatOutcome {
  /** Conversions expected of what was seen: the sum of its told probabilities. */
  readonly value: number;
  /** Conversions that came by chance. */
  readonly conversions: number;
  readonly cost: number;
}

export function seatPeriod(played: PlayedPeriod, agent: number): SeatPeriod {
  const { period } = played;
  const ticks = Array.from({ length: TICKS }, (_, tick) => {
    const values = new Float32Array(period.traffic[tick]!);
    drawValues(period, agent, tick, values);
    const truth = drawTruth(period, agent, tick, values);
    const luck = conversionLuck(period, agent, tick);
    return {
      values,
      prices: rivalsOf(played, agent, tick).prices,
      seen: drawSeen(period, tick),
      converts: Uint8Array.from(truth, (probability) => (luck.unit() < probability ? 1 : 0)),
    };
  });
  return { seat: period.seats[agent]!, ticks };
}

interface Tally {
  cost: number;
  value: number;
  conversions: number;
  readonly won: number[];
}

/** Opportunities in order; from the first that the rest of the budget cannot pay, nothing more is bought in the tick. */
function settle({ values, prices, seen, converts }: SeatTick, bids: Float32Array, remaining: number): Tally {
  const n = values.length;
  const tally: Tally = { cost: 0, value: 0, conversions: 0, won: [0, 0, 0] };
  for (let o = 0; o < n; o++) {
    const bid = bids[o]!;
    let slot = 2;
    if (!(bid > prices[slot * n + o]!)) continue;
    while (slot > 0 && bid > prices[(slot - 1) * n + o]!) slot--;
    const price = prices[slot * n + o]!;
    if (tally.cost + price > remaining) break;
    tally.won[slot]!++;
    if (slot >= seen[o]!) continue;
    tally.cost += price;
    tally.value += values[o]!;
    tally.conversions += converts[o]!;
  }
  return tally;
}

/** The third price as the market reports it: the third highest of the rivals' and the own bid. */
function thirdPrices({ prices, values }: SeatTick, bids: Float32Array): Float32Array {
  const n = values.length;
  return Float32Array.from(values, (_, o) => Math.min(prices[n + o]!, Math.max(prices[2 * n + o]!, bids[o]!)));
}

export function replaySeat({ seat, ticks }: SeatPeriod, bidder: SeatBidder): SeatOutcome {
  let remaining = seat.budget;
  let value = 0;
  let conversions = 0;
  ticks.forEach((tick, index) => {
    const bids = new Float32Array(tick.values.length);
    bidder.bid({ tick: index, values: tick.values, remaining }, bids);
    const tally = settle(tick, bids, remaining);
    remaining -= tally.cost;
    value += tally.value;
    conversions += tally.conversions;
    const { cost, won } = tally;
    bidder.observe({
      cost,
      value: tally.value,
      conversions: tally.conversions,
      won,
      thirdPrices: thirdPrices(tick, bids),
    });
  });
  return { value, conversions, cost: seat.budget - remaining };
}
