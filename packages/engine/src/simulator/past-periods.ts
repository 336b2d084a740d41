/**
 * What a bidder of the AuctionNet-form world has learned before the period under test: periods of the same world with seeds of
 * their own, played by the rivals among themselves. AuctionNet's competitors get the same: the logs of earlier periods.
 */
import { type BidLandscape, LandscapeSamples } from '../ads/bid-landscape.ts';
import { type SpendCurve, spendCurve } from '../ads/spend-curve.ts';
import { KEPT, type PlayedPeriod, playPeriod } from './auctionnet-period.ts';
import { AGENTS, drawPeriod, drawValues, EXPOSURES, TICKS, type WorldOptions } from './auctionnet-world.ts';
import { type RatioCosts, ratioCosts, rivalBidders } from './linear-bidders.ts';
import { learnDrift, type PriceDrift } from './price-drift.ts';

export interface PastPeriods {
  readonly landscape: BidLandscape;
  readonly curve: SpendCurve;
  readonly drift: PriceDrift;
  /** Opportunities by tick. [periods][TICKS] */
  readonly traffic: readonly Int32Array[];
  /** Mean told value by agent and tick. [periods][AGENTS × TICKS] */
  readonly meanValues: readonly Float64Array[];
  /** What the online LP learned, from the period before all others. */
  readonly ratios: RatioCosts;
}

export interface PastOptions {
  readonly world: WorldOptions;
  readonly periods?: number;
  readonly onPeriod?: (done: number, all: number) => void;
}

/** Far from any seed under test. */
const PAST_SEED = 3_000_000_000;
const PERIODS = 64;
const SAMPLED_VALUES = 512;
const SAMPLE_EVERY = 16;

export function learnPast({ world, periods = PERIODS, onPeriod }: PastOptions): PastPeriods {
  const draw = (index: number) => drawPeriod(PAST_SEED + index, world);
  const first = draw(0);
  const lowestTarget = Math.min(...first.seats.map(({ targetCpa }) => targetCpa));
  const ratios = ratioCosts(playPeriod(first, rivalBidders(first.seats, undefined)), lowestTarget);
  const samples = new LandscapeSamples(EXPOSURES);
  const prices: Float64Array[] = [];
  const traffic: Int32Array[] = [];
  const meanValues: Float64Array[] = [];
  for (let index = 1; index <= periods; index++) {
    const period = draw(index);
    const played = playPeriod(period, rivalBidders(period.seats, ratios));
    prices.push(samplePrices(played, samples));
    traffic.push(period.traffic);
    meanValues.push(sampleValues(played));
    onPeriod?.(index, periods);
  }
  const landscape = samples.landscape();
  return { landscape, curve: spendCurve(landscape), drift: learnDrift(prices), traffic, meanValues, ratios };
}

/** The mean third price of each tick; a part of the opportunities go to the landscape. [TICKS] */
function samplePrices({ ticks }: PlayedPeriod, samples: LandscapeSamples): Float64Array {
  return Float64Array.from(ticks, ({ bids }) => {
    const n = bids.length / KEPT;
    let typical = 0;
    for (let o = 0; o < n; o++) typical += bids[2 * n + o]! / n;
    for (let o = 0; o < n; o += SAMPLE_EVERY)
      samples.add([bids[o]!, bids[n + o]!, bids[2 * n + o]!], typical, 1 / Math.ceil(n / SAMPLE_EVERY));
    return typical;
  });
}

function sampleValues({ period }: PlayedPeriod): Float64Array {
  const values = new Float32Array(period.traffic.reduce((most, n) => Math.max(most, n), 0));
  const means = new Float64Array(AGENTS * TICKS);
  for (let agent = 0; agent < AGENTS; agent++) {
    for (let tick = 0; tick < TICKS; tick++) {
      const n = Math.min(SAMPLED_VALUES, period.traffic[tick]!);
      drawValues(period, agent, tick, values);
      for (let o = 0; o < n; o++) means[agent * TICKS + tick]! += values[o]! / n;
    }
  }
  return means;
}
