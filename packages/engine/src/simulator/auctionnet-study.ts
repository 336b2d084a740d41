/**
 * The policies of the AuctionNet-form world against the best in hindsight. For each seed a period is played once by the rivals;
 * then twelve of its seats, two of each category and every seat once in four seeds, are played again by every policy in turn,
 * against the same bids of the others and with the same luck.
 *
 *     score           value × min(1, (target × value / cost)²)       value = the sum of the told conversion probabilities of what was seen
 *     shareOfOptimum  Σ score / Σ optimum's score over the seats of a seed, mean over seeds
 *
 * Policies and optimum are scored by the same quantity. It leaves out the luck of single conversions, which no policy can
 * choose and which at 40 conversions would drown the differences; conversions that came by chance are reported beside it.
 */
import { type LinearBidder, playPeriod } from './auctionnet-period.ts';
import { AGENTS, drawPeriod, EXPOSURES, type Seat, type WorldOptions } from './auctionnet-world.ts';
import { controlledBidder } from './controlled-bidder.ts';
import { hindsightOptimum, penalisedScore } from './hindsight-optimum.ts';
import { fixedBidder, linearMultiplier, onlineLpBidder, pidBidder, rivalBidders } from './linear-bidders.ts';
import { learnPast, type PastPeriods } from './past-periods.ts';
import { plannedBidder } from './planned-bidder.ts';
import { replaySeat, type SeatBidder, type SeatPeriod, seatPeriod } from './seat-replay.ts';

export const POLICIES = ['rialto', 'controllers', 'pid', 'onlineLp', 'linear', 'fixed'] as const;
export type Policy = (typeof POLICIES)[number];

export interface StudyOptions {
  readonly world: WorldOptions;
  readonly seeds: readonly number[];
  readonly pastPeriods?: number;
  readonly onProgress?: (done: number, all: number) => void;
}

export interface PolicyFigures {
  readonly shareOfOptimum: number;
  /** Mean over seats, as are the following. */
  readonly score: number;
  readonly expectedConversions: number;
  /** Those that came by chance. */
  readonly conversions: number;
  readonly budgetUsed: number;
  /** Cost per expected conversion over its target. */
  readonly cpaRatio: number;
}

export interface SeedFigures {
  readonly seed: number;
  readonly optimum: number;
  readonly policies: Readonly<Record<Policy, PolicyFigures>>;
}

export interface StudyResult {
  readonly world: WorldOptions;
  readonly optimum: OptimumFigures;
  readonly policies: Readonly<Record<Policy, PolicyFigures>>;
  readonly seeds: readonly SeedFigures[];
}

export interface OptimumFigures {
  /** Mean over seats. */
  readonly score: number;
  /** No choice scores more, proven. */
  readonly bound: number;
  readonly expectedConversions: number;
  readonly budgetUsed: number;
  readonly cpaRatio: number;
}

const SEATS_APART = 4;

/** Lets a bidder of one multiplier a tick play a seat. */
function seatBidder(bidder: LinearBidder): SeatBidder {
  let spent = 0;
  return {
    bid({ tick, values, remaining }, bids) {
      const multiplier = bidder.multiplier(tick, remaining, spent);
      for (let o = 0; o < values.length; o++) bids[o] = multiplier * values[o]!;
    },
    observe({ cost }) {
      spent = cost;
    },
  };
}

function bidderOf(policy: Policy, seat: Seat, past: PastPeriods): SeatBidder {
  switch (policy) {
    case 'rialto':
      return plannedBidder(seat, past);
    case 'controllers':
      return controlledBidder(seat, past);
    case 'pid':
      return seatBidder(pidBidder(seat));
    case 'onlineLp':
      return seatBidder(onlineLpBidder(seat, past.ratios));
    case 'linear':
      return seatBidder(fixedBidder(linearMultiplier(seat, past.ratios)));
    case 'fixed':
      return seatBidder(fixedBidder(seat.targetCpa));
  }
}

function optimumOf({ seat, ticks }: SeatPeriod) {
  const { budget, targetCpa } = seat;
  const { score, bound, point } = hindsightOptimum({ parts: ticks, exposures: EXPOSURES, budget, targetCpa });
  return {
    score,
    bound,
    expectedConversions: point.value,
    budgetUsed: point.cost / budget,
    cpaRatio: point.cost / Math.max(point.value, Number.MIN_VALUE) / targetCpa,
  };
}

function play(policy: Policy, period: SeatPeriod, past: PastPeriods): Omit<PolicyFigures, 'shareOfOptimum'> {
  const { seat } = period;
  const { value, conversions, cost } = replaySeat(period, bidderOf(policy, seat, past));
  return {
    score: penalisedScore(value, cost, seat.targetCpa),
    expectedConversions: value,
    conversions,
    budgetUsed: cost / seat.budget,
    cpaRatio: value > 0 ? cost / value / seat.targetCpa : 0,
  };
}

const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;

type Columns = Readonly<Record<string, number>>;

/** The mean of each column. */
function meanOf<T>(rows: readonly T[]): T {
  const columns = Object.keys(rows[0] as Columns);
  return Object.fromEntries(columns.map((key) => [key, mean(rows.map((row) => (row as Columns)[key]!))])) as T;
}

function studySeed(seed: number, world: WorldOptions, past: PastPeriods) {
  const period = drawPeriod(seed, world);
  const played = playPeriod(period, rivalBidders(period.seats, past.ratios));
  const optima: OptimumFigures[] = [];
  const plays = new Map<Policy, Omit<PolicyFigures, 'shareOfOptimum'>[]>(POLICIES.map((policy) => [policy, []]));
  for (let agent = seed % SEATS_APART; agent < AGENTS; agent += SEATS_APART) {
    const seat = seatPeriod(played, agent);
    optima.push(optimumOf(seat));
    for (const policy of POLICIES) plays.get(policy)!.push(play(policy, seat, past));
  }
  const optimum = meanOf(optima);
  const policies = Object.fromEntries(
    POLICIES.map((policy) => {
      const figures = meanOf(plays.get(policy)!);
      return [policy, { shareOfOptimum: figures.score / optimum.score, ...figures }];
    }),
  ) as Record<Policy, PolicyFigures>;
  return { seed, optimum, policies };
}

export function studyPolicies(options: StudyOptions): StudyResult {
  const { world, seeds, pastPeriods, onProgress } = options;
  const past = learnPast({
    world,
    ...(pastPeriods === undefined ? {} : { periods: pastPeriods }),
    onPeriod: (done, all) => onProgress?.(done, all + 4 * seeds.length),
  });
  const periods = past.traffic.length;
  const results = seeds.map((seed, index) => {
    const result = studySeed(seed, world, past);
    onProgress?.(periods + 4 * (index + 1), periods + 4 * seeds.length);
    return result;
  });
  return {
    world,
    optimum: meanOf(results.map(({ optimum }) => optimum)),
    policies: Object.fromEntries(
      POLICIES.map((policy) => [policy, meanOf(results.map(({ policies }) => policies[policy]))]),
    ) as Record<Policy, PolicyFigures>,
    seeds: results.map(({ seed, optimum, policies }) => ({ seed, optimum: optimum.score, policies })),
  };
}
