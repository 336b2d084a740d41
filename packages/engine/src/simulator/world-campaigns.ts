/**
 * Campaigns of a generated marketplace: some shops advertise some of their listings, with a bid by what a sale brings and a
 * daily budget by what the traffic can take. Together the budgets are about what a day's ad clicks cost, so that on most days
 * some run out and some do not.
 */
import type { Campaign, Shop } from '@rialto/sdk';
import type { Rng } from '../base/rng.ts';
import type { WorldListing } from './world-listings.ts';

const CENT_MICROS = 10_000;
const LISTINGS_MAX = 20;
/** Of the price, what a seller would pay for a sale, and how many clicks make one. */
const COMMISSION = 0.12;
const SALES_PER_CLICK = 0.06;
/** What the ads of one visit cost in all, in the middle. */
const VISIT_MICROS = 30_000;
const BUDGET_MIN_CENTS = 50;

export interface CampaignsInput {
  readonly shops: readonly Shop[];
  readonly listings: readonly WorldListing[];
  /** Of the shops. */
  readonly share: number;
  readonly visitsPerDay: number;
}

export function generateCampaigns({ shops, listings, share, visitsPerDay }: CampaignsInput, rng: Rng): Campaign[] {
  const ofShop = new Map<string, WorldListing[]>();
  for (const listing of listings) {
    const own = ofShop.get(listing.entity.shop ?? '');
    if (own) own.push(listing);
    else ofShop.set(listing.entity.shop ?? '', [listing]);
  }
  const advertisers = shops.filter(({ id }) => ofShop.has(id) && rng.unit() < share);
  const budgetMicros = (VISIT_MICROS * visitsPerDay) / Math.max(1, advertisers.length);
  return advertisers.map((shop) => {
    const advertised = drawSome(ofShop.get(shop.id) ?? [], 1 + rng.below(LISTINGS_MAX), rng);
    const meanPrice = advertised.reduce((sum, { entity }) => sum + entity.priceMicros, 0) / advertised.length;
    const valueMicros = COMMISSION * SALES_PER_CLICK * meanPrice;
    return {
      id: `campaign-${shop.id}`,
      shop: shop.id,
      listings: advertised.map(({ entity }) => entity.id),
      bidMicros: wholeCents(valueMicros * Math.exp(0.4 * rng.normal()), 2),
      dailyBudgetMicros: wholeCents(budgetMicros * Math.exp(0.8 * rng.normal()), BUDGET_MIN_CENTS),
    };
  });
}

const wholeCents = (micros: number, minCents: number): number =>
  CENT_MICROS * Math.max(minCents, Math.round(micros / CENT_MICROS));

/** `n` different ones, or all where there are fewer. */
function drawSome<T>(from: readonly T[], n: number, rng: Rng): T[] {
  const pool = [...from];
  const some: T[] = [];
  while (some.length < n && pool.length > 0) {
    const [drawn] = pool.splice(rng.below(pool.length), 1);
    some.push(drawn);
  }
  return some;
}
