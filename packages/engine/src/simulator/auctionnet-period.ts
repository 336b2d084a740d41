/**
 * One period of the AuctionNet-form world played by its 48 linear bidders, and kept as what a single seat needs to be played
 * again: the four highest bids of every opportunity and whose they are. Three of the four are always somebody else's.
 *
 *     bid_io = multiplier_it × v_io        rank by bid; slot s pays the next bid, at least the reserve, when it is seen
 *
 * A bidder whose next price is more than what is left of its budget bids no more in the period.
 */
import { AGENTS, drawSeen, drawValues, type Period, RESERVE, TICKS } from './auctionnet-world.ts';

/** Sets one multiplier a tick: what it bids for one conversion's worth of probability. */
export interface LinearBidder {
  /** `spent` is what the last tick cost. */
  multiplier(tick: number, remaining: number, spent: number): number;
}

export const KEPT = 4;

/** The highest bids of a tick's opportunities. */
export interface TickBids {
  /** Falling by rank, rank by rank. [KEPT × traffic] */
  readonly bids: Float32Array;
  /** Whose. [KEPT × traffic] */
  readonly agents: Uint8Array;
}

export interface PlayedPeriod {
  readonly period: Period;
  readonly ticks: readonly TickBids[];
  /** What each agent spent. [AGENTS] */
  readonly spent: Float64Array;
}

/** Puts an agent's bids of the opportunities from `from` on among the four highest. */
function insertBids(
  { bids, agents }: TickBids,
  agent: number,
  { values, multiplier, from }: { values: Float32Array; multiplier: number; from: number },
): void {
  const n = bids.length / KEPT;
  const last = (KEPT - 1) * n;
  for (let o = from; o < n; o++) {
    const bid = multiplier * values[o]!;
    if (bid <= bids[last + o]!) continue;
    let at = last + o;
    for (; at >= n && bids[at - n]! < bid; at -= n) {
      bids[at] = bids[at - n]!;
      agents[at] = agents[at - n]!;
    }
    bids[at] = bid;
    agents[at] = agent;
  }
}

interface TickInput {
  readonly values: readonly Float32Array[];
  readonly multipliers: Float64Array;
  readonly remaining: Float64Array;
}

function rankBids(ranked: TickBids, { values, multipliers }: TickInput, from: number): void {
  const n = ranked.bids.length / KEPT;
  for (let rank = 0; rank < KEPT; rank++) ranked.bids.fill(0, rank * n + from, (rank + 1) * n);
  for (let agent = 0; agent < AGENTS; agent++)
    if (multipliers[agent]! > 0)
      insertBids(ranked, agent, { values: values[agent]!, multiplier: multipliers[agent]!, from });
}

/** Charges the opportunities in order; who cannot pay drops out, and the rest is ranked again without it. */
function settleTick(ranked: TickBids, seen: Uint8Array, input: TickInput): void {
  const n = seen.length;
  for (let o = 0; o < n; o++) {
    let rank = 0;
    while (rank < seen[o]! && ranked.bids[rank * n + o]! > RESERVE) {
      const agent = ranked.agents[rank * n + o]!;
      const price = Math.max(RESERVE, ranked.bids[(rank + 1) * n + o]!);
      if (price > input.remaining[agent]!) {
        input.multipliers[agent] = 0;
        rankBids(ranked, input, o);
        rank = 0;
        continue;
      }
      rank++;
    }
    for (let slot = 0; slot < rank; slot++)
      input.remaining[ranked.agents[slot * n + o]!]! -= Math.max(RESERVE, ranked.bids[(slot + 1) * n + o]!);
  }
}

export function playPeriod(period: Period, bidders: readonly LinearBidder[]): PlayedPeriod {
  const remaining = Float64Array.from(period.seats, ({ budget }) => budget);
  const last = Float64Array.from(remaining);
  const broke = new Uint8Array(AGENTS);
  const largest = period.traffic.reduce((most, n) => Math.max(most, n), 0);
  const values = bidders.map(() => new Float32Array(largest));
  const multipliers = new Float64Array(AGENTS);
  const ticks: TickBids[] = [];
  for (let tick = 0; tick < TICKS; tick++) {
    const n = period.traffic[tick]!;
    bidders.forEach((bidder, agent) => {
      multipliers[agent] = broke[agent]
        ? 0
        : bidder.multiplier(tick, remaining[agent]!, last[agent]! - remaining[agent]!);
      drawValues(period, agent, tick, values[agent]!);
    });
    last.set(remaining);
    const asked = Float64Array.from(multipliers);
    const ranked = { bids: new Float32Array(KEPT * n), agents: new Uint8Array(KEPT * n) };
    const input = { values, multipliers, remaining };
    rankBids(ranked, input, 0);
    settleTick(ranked, drawSeen(period, tick), input);
    asked.forEach((multiplier, agent) => {
      if (multiplier > 0 && multipliers[agent] === 0) broke[agent] = 1;
    });
    ticks.push(ranked);
  }
  const spent = Float64Array.from(period.seats, ({ budget, agent }) => budget - remaining[agent]!);
  return { period, ticks, spent };
}

/** The three highest bids of the others than `agent`: to take slot s, more than the s-th must be bid, and that is its price. */
export interface RivalBids {
  /** Rank by rank, at least the reserve. [3 × traffic] */
  readonly prices: Float32Array;
}

export function rivalsOf({ ticks }: PlayedPeriod, agent: number, tick: number): RivalBids {
  const { bids, agents } = ticks[tick]!;
  const n = bids.length / KEPT;
  const prices = new Float32Array(3 * n);
  for (let o = 0; o < n; o++) {
    for (let rank = 0, slot = 0; slot < 3; rank++) {
      if (agents[rank * n + o] === agent && bids[rank * n + o]! > 0 && rank < KEPT - 1) continue;
      prices[slot * n + o] = Math.max(RESERVE, rank < KEPT ? bids[rank * n + o]! : 0);
      slot++;
    }
  }
  return { prices };
}
