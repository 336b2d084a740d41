/**
 * How far designs of experiments are from the truth where the arms compete for the same budgets. The truth is known: the same days are
 * lived with everything treated and with nothing treated. Each design is drawn anew `draws` times; its bias is the mean error.
 *
 *   plain          requests are divided, budgets are shared
 *   budgetSplit    every campaign's budget is divided with them
 *   twoSidedSplit  requests and campaigns are divided together: each half is a market by itself, and they take turns
 *                  day by day in being treated
 *   twoSidedDoses  requests are divided, with every campaign's budget, and for treated requests a share of the campaigns
 *                  that changes from day to day is treated, by turns (`dosed-items.ts`)
 *   twoSidedPairs  requests and campaigns are divided, budgets are shared, and bids are raised where both are treated (`two-sided.ts`)
 *   switchback     a region's whole day is treated or not: budgets begin anew each day, so nothing is carried over
 *   cluster        half of the regions are treated all the time; what they spent before is divided out
 */
import { hashPair } from '../base/hash.ts';
import { Rng } from '../base/rng.ts';
import { dosedEffect, doseOf, isDosed } from '../experiments/dosed-items.ts';
import { twoSidedEffect } from '../experiments/two-sided.ts';
import { shuffledRows } from '../learning/folds.ts';
import { switchbackEffect } from '../statistics/switchback.ts';
import {
  type Design,
  type InterferenceMarket,
  type InterferenceOptions,
  interferenceMarket,
  type MarketOutcomes,
  runDesign,
} from './interference-market.ts';

export const DESIGNS = [
  'plain',
  'budgetSplit',
  'twoSidedSplit',
  'twoSidedDoses',
  'twoSidedPairs',
  'switchback',
] as const;
export type DesignName = (typeof DESIGNS)[number] | 'cluster';

export interface DesignFigures {
  /** Mean of the estimates, relative to control. */
  readonly effect: number;
  /** Mean error, relative to the true effect. */
  readonly bias: number;
  /** Of the bias, over draws. */
  readonly biasError: number;
  /** Of one draw, relative to control: what an experiment of as many days would have. */
  readonly standardError: number;
}

export interface InterferenceReport {
  /** Of treating everything, on what is spent, relative to treating nothing. */
  readonly trueEffect: number;
  /** Share of campaigns whose budget binds without the treatment. */
  readonly held: number;
  readonly draws: number;
  readonly designs: Readonly<Record<(typeof DESIGNS)[number], DesignFigures>>;
}

const ALPHA = 0.05;
/** Of campaigns, by days. */
const DOSES = [0.5, 0.9];

export function studyInterference(
  options: InterferenceOptions,
  { draws, onRun }: { readonly draws: number; readonly onRun: (done: number, all: number) => void },
): InterferenceReport {
  const market = interferenceMarket(options);
  const { figures, ...truth } = studyDesigns(market, DESIGNS, { draws, onRun });
  const designs = Object.fromEntries(DESIGNS.map((name, i) => [name, figures[i]!]));
  return { ...truth, draws, designs: designs as InterferenceReport['designs'] };
}

interface StudyOptions {
  readonly draws: number;
  readonly onRun: (done: number, all: number) => void;
}

/** The truth of a market, and how far each design is from it. `figures`: [designs] */
export function studyDesigns(
  market: InterferenceMarket,
  designs: readonly DesignName[],
  { draws, onRun }: StudyOptions,
): { readonly trueEffect: number; readonly held: number; readonly figures: readonly DesignFigures[] } {
  const { options } = market;
  const all = 2 + draws * designs.length;
  let done = 0;
  const live = (design: Design): MarketOutcomes => {
    const outcomes = runDesign(market, design);
    onRun(++done, all);
    return outcomes;
  };
  const nothing = live(everyone(false));
  const [base, changed] = [total(nothing), total(live(everyone(true)))];
  const trueEffect = changed / base - 1;
  const held = nothing.spent[0].filter((spent, c) => spent > 0.95 * options.days * market.budget[c]!).length;
  const estimates = designs.map((name) =>
    Array.from({ length: draws }, (_, draw) => ESTIMATES[name](market, live, hashPair(options.seed, 100 + draw))),
  );
  const figures = estimates.map((values): DesignFigures => {
    const effect = values.reduce((sum, value) => sum + value, 0) / draws;
    const squares = values.reduce((sum, value) => sum + (value - effect) ** 2, 0);
    return {
      effect,
      bias: effect / trueEffect - 1,
      biasError: Math.sqrt(squares / Math.max(1, draws - 1) / draws) / Math.abs(trueEffect),
      standardError: Math.sqrt(squares / Math.max(1, draws - 1)),
    };
  });
  return { trueEffect, held: held / market.campaigns, figures };
}

type Live = (design: Design) => MarketOutcomes;

const everyone = (treated: boolean): Design => ({ arm: () => 0, treated: () => treated, splitBudgets: false });

const total = ({ spent }: MarketOutcomes): number =>
  spent.reduce((sum, arm) => sum + arm.reduce((part, value) => part + value, 0), 0);

const armOf =
  (seed: number) =>
  (request: number): 0 | 1 =>
    hashPair(request, seed) < 2 ** 31 ? 0 : 1;

/** The estimated effect relative to control, of one draw of each design. */
const ESTIMATES: Readonly<Record<DesignName, (market: InterferenceMarket, live: Live, seed: number) => number>> = {
  plain: (_, live, seed) => byArms(live({ arm: armOf(seed), treated: (arm) => arm === 1, splitBudgets: false })),
  budgetSplit: (_, live, seed) => byArms(live({ arm: armOf(seed), treated: (arm) => arm === 1, splitBudgets: true })),
  twoSidedSplit(market, live, seed) {
    const armOfCampaign = halfOfEachRegion(market, seed);
    const treated: Design['treated'] = (arm, _, __, day) => arm === day % 2;
    const { byDay } = live({ arm: armOf(seed), treated, splitBudgets: false, armOfCampaign });
    const days = market.options.days - (market.options.days % 2);
    const sums = [0, 0];
    for (let cell = 0; cell < 2 * days; cell++) sums[cell % 2 === Math.floor(cell / 2) % 2 ? 1 : 0]! += byDay[cell]!;
    return sums[1]! / sums[0]! - 1;
  },
  twoSidedDoses({ campaigns, options }, live, seed) {
    const place = placesInRegions({ campaigns, options }, seed);
    const treated: Design['treated'] = (arm, campaign, _, day) =>
      arm === 1 && campaign !== undefined && isDosed(DOSES, day, place[campaign]!);
    const { byDay, requestsByDay } = live({ arm: armOf(seed), treated, splitBudgets: true });
    const perRequest = (arm: number): Float64Array =>
      Float64Array.from({ length: options.days }, (_, day) => byDay[2 * day + arm]! / requestsByDay[2 * day + arm]!);
    const doses = Float64Array.from({ length: options.days }, (_, day) => doseOf(DOSES, day));
    return dosedEffect({ doses, control: perRequest(0), treated: perRequest(1) }, ALPHA).relative;
  },
  twoSidedPairs(market, live, seed) {
    const listingTreated = halfOfEachRegion(market, seed);
    const treated = (arm: 0 | 1, campaign: number): boolean => arm === 1 && listingTreated[campaign] === 1;
    const { spent, requests, before } = live({ arm: armOf(seed), treated, splitBudgets: false });
    const buyerShare = requests[1]! / (requests[0]! + requests[1]!);
    return twoSidedEffect({ control: spent[0], treated: spent[1], buyerShare, listingTreated, before }, ALPHA).relative;
  },
  switchback({ options: { days, regions } }, live, seed) {
    const assigned = new Uint8Array(days * regions);
    for (let region = 0; region < regions; region++)
      for (const day of shuffledRows(days, new Rng(hashPair(seed, region))).subarray(0, days >> 1))
        assigned[day * regions + region] = 1;
    const treated: Design['treated'] = (_, __, region, day) => assigned[day * regions + region] === 1;
    const { cells: value } = live({ arm: () => 0, treated, splitBudgets: false });
    const cells = {
      value,
      treated: assigned,
      region: Int32Array.from(assigned, (_, cell) => cell % regions),
      season: new Int32Array(assigned.length),
    };
    const control = value.filter((_, cell) => assigned[cell] === 0);
    const mean = control.reduce((sum, one) => sum + one, 0) / control.length;
    return switchbackEffect(cells, ALPHA).absolute / mean;
  },
  cluster({ options: { regions, campaignsARegion } }, live, seed) {
    const chosen = new Uint8Array(regions);
    for (const region of shuffledRows(regions, new Rng(seed)).subarray(0, regions >> 1)) chosen[region] = 1;
    const { spent, before } = live({
      arm: () => 0,
      treated: (_, __, region) => chosen[region] === 1,
      splitBudgets: false,
    });
    const [now, then] = [new Float64Array(2), new Float64Array(2)];
    before.forEach((micros, campaign) => {
      const arm = chosen[Math.floor(campaign / campaignsARegion)]!;
      then[arm]! += micros;
      now[arm]! += spent[0][campaign]! + spent[1][campaign]!;
    });
    return now[1]! / then[1]! / (now[0]! / then[0]!) - 1;
  },
};

function halfOfEachRegion({ campaigns, options }: InterferenceMarket, seed: number): Uint8Array {
  const { campaignsARegion, regions } = options;
  const chosen = new Uint8Array(campaigns);
  for (let region = 0; region < regions; region++)
    for (const i of shuffledRows(campaignsARegion, new Rng(hashPair(seed, region))).subarray(0, campaignsARegion >> 1))
      chosen[region * campaignsARegion + i] = 1;
  return chosen;
}

/** Where each campaign is dealt to, in [0, 1). [campaigns] */
function placesInRegions(
  { campaigns, options }: Pick<InterferenceMarket, 'campaigns' | 'options'>,
  seed: number,
): Float64Array {
  const { campaignsARegion, regions } = options;
  const places = new Float64Array(campaigns);
  for (let region = 0; region < regions; region++)
    shuffledRows(campaignsARegion, new Rng(hashPair(seed, region))).forEach((i, order) => {
      places[region * campaignsARegion + i] = order / campaignsARegion;
    });
  return places;
}

/** Spent by request in one arm against the other. */
function byArms({ spent, requests }: MarketOutcomes): number {
  const [control, treated] = spent.map((arm, i) => arm.reduce((sum, one) => sum + one, 0) / requests[i]!);
  return treated! / control! - 1;
}
