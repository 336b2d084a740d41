/**
 * Our bidder in the AuctionNet-form world: a spend plan (ads/spend-plan.ts) over the futures that past periods suggest, and bids
 * from a bid landscape (ads/bid-landscape.ts). Each tick it
 *
 *   1. measures its own values of the tick, which it is told before it bids;
 *   2. continues the market's price from the last tick's third prices, once with the errors of each past period;
 *   3. makes of each past period a future: its traffic, scaled to what is left of the period's; its own values as they are now to
 *      the end of the present stretch, and as in that period thereafter;
 *   4. takes the worth of a conversion at which the budget ends with the period, and bids b*(worth × value) for each.
 *
 * The target cost per conversion does not hold it back. AuctionNet's score punishes an excess and does not forbid it, and more spending
 * still gains score as long as the last conversion costs less than 1.5 times the average one: the optimum, too, spends its budget.
 */
import { bestBid } from '../ads/bid-landscape.ts';
import { plannedWorth, type Stage } from '../ads/spend-plan.ts';
import { FACTOR_TICKS, type Seat, TICKS } from './auctionnet-world.ts';
import type { PastPeriods } from './past-periods.ts';
import { continuePrices, nextPrice } from './price-drift.ts';
import type { SeatBidder } from './seat-replay.ts';

interface Moments {
  readonly mean: number;
  readonly spread: number;
}

function momentsOf(values: Float32Array): Moments {
  let sum = 0;
  let squares = 0;
  for (const value of values) {
    sum += value;
    squares += value * value;
  }
  const mean = sum / values.length;
  if (!(mean > 0)) return { mean: 0, spread: 0 };
  return { mean, spread: Math.sqrt(Math.max(0, squares / values.length - mean * mean)) / mean };
}

interface Present extends Moments {
  readonly tick: number;
  readonly opportunities: number;
  /** Opportunities of the period up to this tick, with it. */
  readonly seen: number;
  readonly lastPrice: number | undefined;
}

/** One past period as what may follow. */
function futureOf(past: PastPeriods, index: number, agent: number, now: Present): Stage[] {
  const traffic = past.traffic[index]!;
  const values = past.meanValues[index]!;
  const prices = continuePrices(past.drift, now.tick, now.lastPrice, index);
  const total = traffic.reduce((sum, n) => sum + n, 0);
  let rest = 0;
  for (let tick = now.tick + 1; tick < TICKS; tick++) rest += traffic[tick]!;
  const scale = rest > 0 ? Math.max(0, total - now.seen) / rest : 0;
  const stretchEnd = (Math.floor(now.tick / FACTOR_TICKS) + 1) * FACTOR_TICKS;
  return Array.from(prices, (price, ahead) => {
    const tick = now.tick + ahead;
    return {
      opportunities: ahead === 0 ? now.opportunities : scale * traffic[tick]!,
      price,
      meanValue: tick < stretchEnd ? now.mean : values[agent * TICKS + tick]!,
      spread: now.spread,
    };
  });
}

export function plannedBidder({ agent }: Seat, past: PastPeriods): SeatBidder {
  let seen = 0;
  let lastPrice: number | undefined;
  return {
    bid({ tick, values, remaining }, bids) {
      seen += values.length;
      const now = { ...momentsOf(values), tick, opportunities: values.length, seen, lastPrice };
      if (now.mean === 0) return;
      const futures = past.traffic.map((_, index) => futureOf(past, index, agent, now));
      const worth = plannedWorth({ curve: past.curve, futures, remaining });
      const price = nextPrice(past.drift, tick, lastPrice);
      for (let o = 0; o < values.length; o++) bids[o] = price * bestBid(past.landscape, (worth * values[o]!) / price);
    },
    observe({ thirdPrices }) {
      lastPrice = thirdPrices.reduce((sum, price) => sum + price, 0) / thirdPrices.length;
    },
  };
}
