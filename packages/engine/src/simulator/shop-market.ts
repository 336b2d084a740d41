/**
 * A shop as a small market in which designs of experiments can be tried: as many campaigns, with what they pay, how often they are shown
 * and how far their budgets hold them back, and the shop's hours. Traffic and budgets are scaled down together.
 *
 * What a log cannot tell is assumed: bids are as prices paid; a campaign that its budget holds back would spend `pressure` times as much
 * without; and a campaign is for one region alone, or for all, as most of the shop's are.
 */
import { RialtoError } from '../base/errors.ts';
import type { CampaignProfile, ShopProfile } from '../experiments/shop-profile.ts';
import { freeSpending, type InterferenceMarket } from './interference-market.ts';

export interface ShopMarketOptions {
  readonly seed: number;
  readonly days: number;
  readonly requestsADay: number;
  /** Of treated bids. */
  readonly raise: number;
  /** Ads of a treated page. */
  readonly slots: number;
  readonly pressure: number;
}

const CAMPAIGNS_MIN = 8;
const CAMPAIGNS_MAX = 240;
const REGIONS_MAX = 8;
const REGION_CAMPAIGNS_MIN = 6;
/** Campaigns are regional where so much of what is shown stays in one region. */
const REGIONAL = 0.9;
/** Mean of what campaigns bid for a thousand views: prices in the market are whole micros. */
const BID_MICROS = 5e6;
/** Of days held back, from which on a campaign counts as held. */
const HELD_DAYS = 0.5;
const LEAST_TIGHT = 0.05;
const MOST_TIGHT = 0.95;

/** Throws `no-data` where too few campaigns were shown. */
export function shopMarket(profile: ShopProfile, options: ShopMarketOptions): InterferenceMarket {
  const shown = profile.campaigns.filter(({ viewsADay }) => viewsADay > 0).slice(0, CAMPAIGNS_MAX);
  if (shown.length < CAMPAIGNS_MIN)
    throw new RialtoError(
      'no-data',
      `${shown.length} campaigns were shown in the last ${Math.ceil(profile.days)} days: a market needs ${CAMPAIGNS_MIN} at least to be simulated`,
    );
  const regions = regionsOf(profile, shown);
  const campaignsARegion = Math.floor(shown.length / regions);
  const campaigns = regions * campaignsARegion;
  // Dealt in turn from the largest on, so that regions are alike.
  const at = (i: number): CampaignProfile =>
    shown[(i % campaignsARegion) * regions + Math.floor(i / campaignsARegion)]!;
  const all = Array.from({ length: campaigns }, (_, i) => at(i));
  const { seed, requestsADay, days, raise, slots, pressure } = options;
  const market = {
    options: { seed, regions, campaignsARegion, requestsADay, days, raise, slots },
    campaigns,
    value: bidsOf(all),
    reach: reachOf(all, campaignsARegion, pressure),
    hourShares: Float64Array.from(profile.hourShares),
    budget: new Float64Array(campaigns).fill(Number.POSITIVE_INFINITY),
  };
  const budget = freeSpending(market).map((free, i) => Math.max(1, Math.round(free / tightness(all[i]!, pressure))));
  return { ...market, budget };
}

function regionsOf({ regions }: ShopProfile, shown: readonly CampaignProfile[]): number {
  const views = shown.reduce((sum, { viewsADay }) => sum + viewsADay, 0);
  const inside = shown.reduce((sum, { viewsADay, regionShare }) => sum + viewsADay * regionShare, 0) / views;
  if (regions < 2 || inside < REGIONAL) return 1;
  return Math.max(1, Math.min(regions, REGIONS_MAX, Math.floor(shown.length / REGION_CAMPAIGNS_MIN)));
}

/** As prices paid, in proportion. */
function bidsOf(all: readonly CampaignProfile[]): Float64Array {
  const paid = all.map(({ perViewMicros }) => perViewMicros).filter((price) => price > 0);
  const mean = paid.length === 0 ? 1 : paid.reduce((sum, price) => sum + price, 0) / paid.length;
  return Float64Array.from(all, ({ perViewMicros }) =>
    Math.max(1, Math.round((perViewMicros > 0 ? perViewMicros / mean : 1) * BID_MICROS)),
  );
}

/** As often as it was shown, and more where a budget held it back. */
function reachOf(all: readonly CampaignProfile[], campaignsARegion: number, pressure: number): Float64Array {
  const reach = Float64Array.from(all, (one) => one.viewsADay * (1 + one.heldShare * (pressure - 1)));
  for (let first = 0; first < reach.length; first += campaignsARegion) {
    const region = reach.subarray(first, first + campaignsARegion);
    const sum = region.reduce((total, one) => total + one, 0);
    for (let i = 0; i < region.length; i++) region[i]! /= sum;
  }
  return reach;
}

/** What it would spend without a budget, in budgets. */
function tightness({ heldShare, spentADayMicros, budgetADayMicros }: CampaignProfile, pressure: number): number {
  if (!Number.isFinite(budgetADayMicros)) return LEAST_TIGHT;
  if (heldShare >= HELD_DAYS) return pressure;
  return Math.min(MOST_TIGHT, Math.max(LEAST_TIGHT, spentADayMicros / budgetADayMicros));
}
