/**
 * The published bidders that ours is measured against, and that are its rivals: each bids a multiple of the value and sets the
 * multiple once a tick.
 *
 *     fixed      the target itself, whatever comes: AuctionNet's plain bidder
 *     linear     the multiple that would have spent the budget in past periods (Perlich et al. 2012)
 *     PID        a fifth up after a tick of too little spending, three tenths down after one of too much: AuctionNet's PidBidding
 *     online LP  the ratio of price to value at which, in a past period, the rest of the budget was spent by the end of it,
 *                at most 1.5 times the target: AuctionNet's OnlineLpBidding
 */
import type { LinearBidder, PlayedPeriod } from './auctionnet-period.ts';
import { KEPT } from './auctionnet-period.ts';
import { AGENTS, CATEGORIES, drawValues, RESERVE, type Seat, TICKS } from './auctionnet-world.ts';

export const fixedBidder = (multiplier: number): LinearBidder => ({ multiplier: () => multiplier });

const PID_LOW = 0.7;
const PID_HIGH = 1.1;

/** The wanted spending is even over the ticks that are left. */
export function pidBidder({ targetCpa }: Seat): LinearBidder {
  let multiplier = targetCpa;
  return {
    multiplier(tick, remaining, spent) {
      if (tick === 0) return multiplier;
      const pace = (spent * (TICKS - tick)) / Math.max(remaining, 1e-9);
      if (pace < PID_LOW) multiplier *= 1.2;
      else if (pace > PID_HIGH) multiplier *= 0.7;
      return multiplier;
    },
  };
}

const RATIO_BINS = 512;
const RATIO_PER_BIN = 1.02;

/** What a category's average advertiser would pay from a tick to the end, by the highest ratio of price to value it takes. */
export interface RatioCosts {
  /** The ratio at which bin 0 starts. */
  readonly from: number;
  /** [CATEGORIES × TICKS × RATIO_BINS] */
  readonly costs: Float64Array;
}

/** From one past period: the price is what the third slot cost. */
export function ratioCosts(played: PlayedPeriod, lowestTarget: number): RatioCosts {
  const { period, ticks } = played;
  const from = lowestTarget / 40;
  const costs = new Float64Array(CATEGORIES * TICKS * RATIO_BINS);
  const values = new Float32Array(period.traffic.reduce((most, n) => Math.max(most, n), 0));
  for (let agent = 0; agent < AGENTS; agent++) {
    for (let tick = 0; tick < TICKS; tick++) {
      drawValues(period, agent, tick, values);
      const n = period.traffic[tick]!;
      const offset = (period.seats[agent]!.category * TICKS + tick) * RATIO_BINS;
      for (let o = 0; o < n; o++) {
        const price = ticks[tick]!.bids[(KEPT - 2) * n + o]!;
        const bin = Math.ceil(Math.log(price / values[o]! / from) / Math.log(RATIO_PER_BIN));
        if (price > RESERVE && bin < RATIO_BINS) costs[offset + Math.max(0, bin)]! += (price * CATEGORIES) / AGENTS;
      }
    }
  }
  accumulate(costs);
  return { from, costs };
}

/** From costs of a tick and bin to those from the tick on, up to the bin. */
function accumulate(costs: Float64Array): void {
  for (let category = 0; category < CATEGORIES; category++) {
    for (let tick = TICKS - 1; tick >= 0; tick--) {
      const at = (category * TICKS + tick) * RATIO_BINS;
      for (let bin = 1; bin < RATIO_BINS; bin++) costs[at + bin]! += costs[at + bin - 1]!;
      if (tick < TICKS - 1)
        for (let bin = 0; bin < RATIO_BINS; bin++) costs[at + bin]! += costs[at + RATIO_BINS + bin]!;
    }
  }
}

/** The ratio at which the budget that is left would be spent by the end; undefined where even the highest would not. */
function spendingRatio({ from, costs }: RatioCosts, { category }: Seat, tick: number, remaining: number) {
  const at = (category * TICKS + tick) * RATIO_BINS;
  for (let bin = 0; bin < RATIO_BINS; bin++) if (costs[at + bin]! > remaining) return from * RATIO_PER_BIN ** bin;
  return undefined;
}

export function onlineLpBidder(seat: Seat, past: RatioCosts): LinearBidder {
  return {
    multiplier: (tick, remaining) =>
      Math.min(1.5 * seat.targetCpa, spendingRatio(past, seat, tick, remaining) ?? seat.targetCpa),
  };
}

/** What linear bidding bids all period long. */
export const linearMultiplier = (seat: Seat, past: RatioCosts): number =>
  spendingRatio(past, seat, 0, seat.budget) ?? seat.targetCpa;

const FIXED_MULTIPLES: readonly number[] = [0.6, 0.7, 0.8, 0.9, 1];

/**
 * The world's rivals, in AuctionNet's proportions: in each category of 8 one PID and two online LP. Its five trained agents, which
 * keep near their target, are bidders with a fixed multiple of it.
 */
export function rivalBidders(seats: readonly Seat[], past: RatioCosts | undefined): LinearBidder[] {
  return seats.map((seat) => {
    const place = (seat.agent + seat.category) % 8;
    if (place === 0) return pidBidder(seat);
    if (place < 3 && past !== undefined) return onlineLpBidder(seat, past);
    return fixedBidder(seat.targetCpa * FIXED_MULTIPLES[place % FIXED_MULTIPLES.length]!);
  });
}
