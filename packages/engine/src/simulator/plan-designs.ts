/**
 * How far each design of an experiment would be from the truth in a shop: a change of bids or ad load is tried in the shop as a market
 * (`shop-market.ts`); of a change of ranking or text, which shares nothing between buyers, the plain test's error follows from how buyers
 * differ, and interleaving's from lists that are drawn and clicked on at the shop's rate.
 */
import type { DesignForecast, DesignForecastName } from '../experiments/design-advice.ts';
import type { ShopProfile } from '../experiments/shop-profile.ts';
import type { InterferenceMarket } from './interference-market.ts';
import { type DesignName, studyDesigns } from './interference-study.ts';
import { interleavingError } from './interleaving-error.ts';
import { shopMarket } from './shop-market.ts';

export const CHANGES = ['bids', 'ad-load', 'ranking', 'text'] as const;
export type ChangeKind = (typeof CHANGES)[number];

export interface PlanDesignsOptions {
  readonly change: ChangeKind;
  readonly seed: number;
  /** Of bids: 1.2 is a fifth more. */
  readonly raise: number;
  /** Ads of a treated page, against one. */
  readonly slots: number;
  /** Of ranking and text: the relative effect on clicks that is hoped for. */
  readonly effect: number;
  readonly pressure: number;
  readonly days: number;
  readonly draws: number;
  readonly requestsADay: number;
  readonly onRun: (done: number, all: number) => void;
}

export interface DesignStudy {
  /** On what is spent, or on clicks; relative. */
  readonly effect: number;
  /** Share of campaigns that their budget holds back; null where budgets have no part in it. */
  readonly held: number | null;
  readonly regions: number | null;
  readonly campaigns: number | null;
  readonly requestsADay: number;
  readonly forecasts: readonly DesignForecast[];
  /** Designs that do not go here, with the reason. */
  readonly leftOut: readonly string[];
}

/** Those that the engine runs. */
const NAMES = {
  plain: 'plain',
  budgetSplit: 'budget-split',
  twoSidedDoses: 'two-sided',
  switchback: 'switchback',
  cluster: 'cluster',
} as const satisfies Partial<Record<DesignName, DesignForecastName>>;
type Tried = keyof typeof NAMES;
/** Designs that deal requests: more of them are less noise. Of the others days, campaigns or regions are dealt. */
const DEALS_REQUESTS: ReadonlySet<Tried> = new Set(['plain', 'budgetSplit']);
const CLUSTERS_MIN = 4;
const SPREAD =
  'switchback and cluster: campaigns are for several regions, or too few for each, so that budgets carry what happens in one region into the others';

export function planDesigns(profile: ShopProfile, options: PlanDesignsOptions): DesignStudy {
  return options.change === 'bids' || options.change === 'ad-load'
    ? inMarket(profile, options)
    : betweenBuyers(profile, options);
}

function inMarket(profile: ShopProfile, options: PlanDesignsOptions): DesignStudy {
  const { change, days, draws, onRun } = options;
  const requestsADay = Math.round(Math.min(options.requestsADay, Math.max(500, profile.adPagesADay)));
  const market: InterferenceMarket = shopMarket(profile, {
    ...options,
    requestsADay,
    raise: change === 'bids' ? options.raise : 1,
    slots: change === 'ad-load' ? options.slots : 1,
  });
  const { regions } = market.options;
  const designs: Tried[] = ['plain', 'budgetSplit'];
  if (change === 'bids') designs.push('twoSidedDoses');
  const leftOut: string[] = [];
  if (regions > 1 || profile.regions < 2) designs.push('switchback');
  else leftOut.push(SPREAD);
  if (regions >= CLUSTERS_MIN) designs.push('cluster');
  const { trueEffect, held, figures } = studyDesigns(market, designs, { draws, onRun });
  const scale = Math.sqrt(Math.min(1, requestsADay / profile.adPagesADay));
  const forecasts = figures.map(({ bias, biasError, standardError }, i): DesignForecast => {
    const relative = (standardError / Math.abs(trueEffect)) * (DEALS_REQUESTS.has(designs[i]!) ? scale : 1);
    return { design: NAMES[designs[i]!], bias, biasError, standardError: relative, days };
  });
  return { effect: trueEffect, held, regions, campaigns: market.campaigns, requestsADay, forecasts, leftOut };
}

/** Half of the buyers see the change. */
function betweenBuyers({ buyers, days, pagesADay }: ShopProfile, options: PlanDesignsOptions): DesignStudy {
  const { effect, change, seed } = options;
  const { count, clicksMean, clicksVariance } = buyers;
  const none = { bias: 0, biasError: 0 };
  const spread = Math.sqrt((4 * clicksVariance) / count) / clicksMean;
  const plain: DesignForecast = { design: 'plain', ...none, standardError: spread / effect, days };
  const forecasts = [plain];
  if (change === 'ranking') {
    const pages = pagesADay * days;
    const standardError = interleavingError({ seed, effect, clicksAPage: (clicksMean * count) / pages, pages });
    forecasts.push({ design: 'interleaving', ...none, standardError, days });
  }
  return { effect, held: null, regions: null, campaigns: null, requestsADay: pagesADay, forecasts, leftOut: [] };
}
