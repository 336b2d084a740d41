/**
 * Campaigns of a generated marketplace: some shops advertise some of their listings, with a bid by what a sale brings and a
 * daily budget by what the traffic can take. Together the budgets are about what a day's ad clicks cost, so that on most days
 * some run out and some do not. Most ask for something more: keywords, categories, countries, hours, a cap.
 */
import type { Campaign, Keyword, Shop } from '@rialto/sdk';
import type { Rng } from '../base/rng.ts';
import { CATEGORIES } from './categories.ts';
import { COUNTRIES } from './vocabulary.ts';
import type { WorldListing } from './world-listings.ts';

const CENT_MICROS = 10_000;
const LISTINGS_MAX = 20;
const KEYWORDS_MAX = 24;
/** Of a thousand impressions of ads. */
const CLICKS_PER_MILLE = 25;
/** Of the price, what a seller would pay for a sale, and how many clicks make one. */
const COMMISSION = 0.12;
const SALES_PER_CLICK = 0.06;
/** What the ads of one visit cost in all, in the middle. */
const VISIT_MICROS = 30_000;
const BUDGET_MIN_CENTS = 50;

/** Of the campaigns, so many ask for something; each kind of wish alike. */
const WISHING_SHARE = 0.6;
const TIME_ZONES: Readonly<Record<string, string>> = {
  US: 'America/Chicago',
  GB: 'Europe/London',
  DE: 'Europe/Berlin',
  FR: 'Europe/Paris',
  ES: 'Europe/Madrid',
  AU: 'Australia/Sydney',
  AT: 'Europe/Vienna',
};

export interface CampaignsInput {
  readonly shops: readonly Shop[];
  readonly listings: readonly WorldListing[];
  /** Of the shops. */
  readonly share: number;
  readonly visitsPerDay: number;
  /** All campaigns are for visits, anywhere, with a daily budget. */
  readonly plain: boolean;
}

export function generateCampaigns(input: CampaignsInput, rng: Rng): Campaign[] {
  const plain = drawPlain(input, rng);
  if (input.plain) return plain;
  const byId = new Map(input.listings.map((listing) => [listing.entity.id, listing]));
  const shops = new Map(input.shops.map((shop) => [shop.id, shop]));
  return plain.map((campaign) => {
    const advertised = campaign.listings.map((id) => byId.get(id)!);
    return rng.unit() < WISHING_SHARE
      ? wishing(campaign, { advertised, shop: shops.get(campaign.shop)! }, rng)
      : campaign;
  });
}

function drawPlain({ shops, listings, share, visitsPerDay }: CampaignsInput, rng: Rng): PlainCampaign[] {
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

type PlainCampaign = Campaign & Required<Pick<Campaign, 'bidMicros' | 'dailyBudgetMicros'>>;

interface Seller {
  readonly shop: Shop;
  readonly advertised: readonly WorldListing[];
}

/** One wish of those that sellers have. */
const WISHES: readonly ((campaign: PlainCampaign, seller: Seller) => Partial<Campaign>)[] = [
  (campaign, seller) => ({ targeting: { keywords: keywordsOf(campaign, seller) } }),
  (_, seller) => ({ targeting: { categories: departmentsOf(seller) } }),
  (_, { shop }) => ({ targeting: { countries: [shop.country ?? COUNTRIES[0]!.code] } }),
  () => ({ frequencyCap: { impressions: 4, hours: 24 } }),
  (_, { shop }) => ({
    schedule: {
      timeZone: TIME_ZONES[shop.country ?? ''] ?? 'UTC',
      hours: [{ days: [1, 2, 3, 4, 5, 6, 7], from: 7, to: 23 }],
    },
  }),
  ({ dailyBudgetMicros }) => ({ weeklyBudgetMicros: 6 * dailyBudgetMicros }),
  (_, seller) => ({ objective: 'sales', targeting: { complements: true, categories: departmentsOf(seller) } }),
  () => ({ bidAdjustments: { devices: { mobile: 1.2, tablet: 0.8 } } }),
  () => ({ bidding: { strategy: 'maximise-clicks' } }),
  ({ bidMicros }) => ({ objective: 'views', bidMicros: CLICKS_PER_MILLE * bidMicros }),
  () => ({ objective: 'sales', bidding: { strategy: 'maximise-value' } }),
];

/** The widest categories that its listings lie in. */
function departmentsOf({ advertised }: Seller): string[] {
  return [...new Set(advertised.map(({ entity }) => entity.category!.split(' > ', 1)[0]!))];
}

function wishing(campaign: PlainCampaign, seller: Seller, rng: Rng): Campaign {
  const drawn = rng.below(WISHES.length + 1);
  if (drawn < WISHES.length) return { ...campaign, ...WISHES[drawn]!(campaign, seller) };
  const { bidMicros: _, ...withoutBid } = campaign;
  return { ...withoutBid, objective: 'cost-per-sale', commissionBasisPoints: 10_000 * COMMISSION };
}

/** What its listings are, as each language says it; more for the word alone than for it among others. */
function keywordsOf({ bidMicros }: PlainCampaign, { advertised }: Seller): Keyword[] {
  const nouns = advertised.flatMap(({ category }) => CATEGORIES[category]!.nouns).flat();
  return [...new Set(nouns.map((noun) => noun.toLowerCase()))].slice(0, KEYWORDS_MAX).flatMap((text): Keyword[] => [
    { text, match: 'exact', bidMicros: wholeCents(1.25 * bidMicros, 2) },
    { text, match: 'broad' },
  ]);
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
