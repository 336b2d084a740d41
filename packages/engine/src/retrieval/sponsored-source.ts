/**
 * Listings that somebody advertises and that organic sources have not brought: the most promising of the campaigns that may bid
 * here, and a few drawn from all, so that new ones get seen.
 *
 *     promise = click rate, smoothed × suits [× orders per click, smoothed, where the campaign is for sales]
 *     suits   = ¼ + what the page, the buyer's past and the query speak for the listing
 *
 * They are looked for where campaigns name the page (the keywords that its query matches, its category, its listing), and,
 * without a query, among what goes with the page or is near what the buyer likes, and on the boards of what is clicked most. Each
 * of these looks at a bounded number of campaigns or listings, however many there are. On a page with a query nothing else
 * is advertised than what campaigns bid on the query, and what search has brought.
 */
import type { Accumulator } from '../features/accumulator.ts';
import type { AdPage } from '../features/ad-page.ts';
import { type Advertised, clickRate } from '../features/advertised.ts';
import { sourceBit } from '../features/candidates.ts';
import { CLICKS, PURCHASES } from '../features/listing-counters.ts';
import { selectTopByKey } from '../features/select-top.ts';
import { FOR_ORDERS } from '../market/campaign-front.ts';
import { SEVERAL } from '../market/campaigns.ts';
import type { RetrievalInput } from './candidate-source.ts';

const BIT = sourceBit('sponsored');
/** Campaigns looked at that name the page, of each keyword and target at most so many in all. */
const CAMPAIGNS_MAX = 96;
/** Listings looked at of one campaign that names the page, beside the one that was clicked most. */
const LISTINGS_MAX = 8;
/** Listings looked at among those that a sum of evidence speaks for. */
const EVIDENCE_MAX = 128;
/** Listings looked at on the boards. */
const BOARD_MAX = 40;
/** Categories below the page's whose boards are looked at. */
const BELOW_MAX = 8;
/** Of the places, so many go to listings that are drawn; and how many draws each may take. */
const EXPLORING_SHARE = 1 / 8;
const DRAWS_PER_PLACE = 4;
/** A shop shows one ad in a placement: so many of its listings are enough to choose from. */
const SHOP_MAX = 3;
const SUITS_FLOOR = 0.25;
const PRIOR_CLICKS_PER_ORDER = 20;
const POOL_MAX = 1_024;

export interface SponsoredInput extends RetrievalInput {
  readonly advertised: Advertised;
  readonly page: AdPage;
  /** Whether the campaign may bid here for this listing of it. */
  readonly admits: (campaign: number, listing: number) => boolean;
  /** Places to fill. */
  readonly limit: number;
  /** Uniform in [0, 1). */
  readonly draw: number;
}

/** Not for two decisions at once: its memory is used again by the next. */
const pool = new Int32Array(POOL_MAX);
const promises = new Float32Array(POOL_MAX);
const shops = new Int32Array(POOL_MAX); // [pool]
/** Shops of those that became candidates. */
const taken = new Int32Array(POOL_MAX);
const board = new Int32Array(BOARD_MAX);
let pooled = 0;

export function addSponsored(input: SponsoredInput): void {
  const { moment, page, limit } = input;
  pooled = 0;
  offerNamed(input);
  if (moment.query === undefined) {
    const { evidence } = input;
    if (page.hasCompany) offerSums(input, evidence.togetherNow);
    offerSums(input, evidence.neighbours);
    offerBoards(input);
  }
  const exploring = moment.query === undefined ? Math.floor(limit * EXPLORING_SHARE) : 0;
  const added = addBest(input, limit - exploring);
  if (moment.query === undefined) explore(input, limit - added);
}

/** Campaigns that name the query's keywords, then those that name the page. */
function offerNamed(input: SponsoredInput): void {
  const { keywords, targets } = input.market.campaigns;
  const { hits, pageTerms } = input.page;
  let left = CAMPAIGNS_MAX;
  for (let i = 0; i < hits.size && left > 0; i++)
    left -= offerCampaigns(input, keywords.campaignsOf(hits.keywords[i]!), left);
  for (let i = 0; i < pageTerms.length && left > 0; i++)
    left -= offerCampaigns(input, targets.campaignsOf(pageTerms[i]!), left);
}

/** From a place in the list that is drawn, so that all get their turn. Returns how many were looked at. */
function offerCampaigns(input: SponsoredInput, rows: Int32Array, limit: number): number {
  const visits = Math.min(limit, rows.length);
  const start = Math.floor(input.draw * rows.length);
  for (let i = 0; i < visits; i++) offerCampaign(input, rows[(start + i) % rows.length]!);
  return visits;
}

/** The listing that was clicked most, and the two most promising of some that are drawn. */
function offerCampaign(input: SponsoredInput, campaign: number): void {
  const own = input.market.campaigns.listingsOf(campaign);
  // It is named by the page: what holds for one of its listings holds for all.
  if (own.length === 0 || !input.admits(campaign, own[0]!)) return;
  const visits = Math.min(own.length, LISTINGS_MAX);
  const first = Math.floor(input.draw * 1_000_003) % own.length;
  let [best, second] = [-1, -1];
  let [bestPromise, secondPromise] = [0, 0];
  for (let i = -1; i < visits; i++) {
    const listing =
      i < 0 ? input.advertised.favourite(campaign, input.market.campaigns) : own[(first + i) % own.length]!;
    if (listing < 0 || listing === best || listing === second || !isNew(input, listing)) continue;
    const promise = promiseOf(input, campaign, listing);
    if (promise > bestPromise) {
      [second, secondPromise] = [best, bestPromise];
      [best, bestPromise] = [listing, promise];
    } else if (promise > secondPromise) [second, secondPromise] = [listing, promise];
  }
  offer(best, bestPromise);
  offer(second, secondPromise);
}

function offerSums(input: SponsoredInput, sums: Accumulator): void {
  const visits = Math.min(sums.size, EVIDENCE_MAX);
  for (let i = 0; i < visits; i++) offerListing(input, sums.listingAt(i));
}

/** What is clicked most in the page's category and those below it, or anywhere where the page has none. */
function offerBoards(input: SponsoredInput): void {
  const { moment, market, advertised } = input;
  const categories = moment.category < 0 ? [-1] : market.listings.under(moment.category).slice(0, BELOW_MAX);
  const each = Math.ceil(BOARD_MAX / Math.max(1, categories.length));
  for (const category of categories) {
    const found = advertised.top(category, each, board);
    for (let i = 0; i < found; i++) offerListing(input, board[i]!);
  }
}

function isNew({ candidates, market: { listings } }: SponsoredInput, listing: number): boolean {
  return listings.available.has(listing) && candidates.find(listing) < 0;
}

/** For the first of its campaigns that may bid. */
function offerListing(input: SponsoredInput, listing: number): void {
  const campaign = firstAdmitted(input, listing);
  if (campaign >= 0) offer(listing, promiseOf(input, campaign, listing));
}

/** The first campaign that may bid for a listing which is no candidate yet, or -1. */
function firstAdmitted(input: SponsoredInput, listing: number): number {
  const { campaigns } = input.market;
  if (!campaigns.advertises(listing) || !isNew(input, listing)) return -1;
  const sole = campaigns.soleAdvertiser.data[listing]!;
  if (sole !== SEVERAL) return input.admits(sole, listing) ? sole : -1;
  for (const campaign of campaigns.ofListing(listing)) if (input.admits(campaign, listing)) return campaign;
  return -1;
}

function offer(listing: number, promise: number): void {
  if (listing < 0 || pooled === POOL_MAX) return;
  pool[pooled] = listing;
  promises[pooled++] = promise;
}

function promiseOf({ evidence, signals, market }: SponsoredInput, campaign: number, listing: number): number {
  const { counters } = signals.statistics;
  // The sums of entry 0, which what nothing speaks for has, are 0.
  const entry = evidence.shortlist.find(listing);
  const suits =
    SUITS_FLOOR +
    evidence.togetherNow.sums[entry]! +
    evidence.together.sums[entry]! +
    evidence.viewedTogether.sums[entry]! +
    evidence.neighbours.sums[entry]! +
    evidence.search.sums[entry]!;
  const promise = clickRate(counters, listing) * suits;
  if (!market.campaigns.front.has(campaign, FOR_ORDERS)) return promise;
  const orders = counters.get(listing, PURCHASES) + 1;
  return (promise * PRIOR_CLICKS_PER_ORDER * orders) / (counters.get(listing, CLICKS) + PRIOR_CLICKS_PER_ORDER);
}

/** Takes the most promising out of the pool, few of a shop. Returns how many became candidates. */
function addBest({ candidates, market: { listings } }: SponsoredInput, places: number): number {
  pooled = selectTopByKey(pool, promises, pooled, 2 * places);
  // All at once, so that they are waited for together.
  for (let i = 0; i < pooled; i++) shops[i] = listings.shop.data[pool[i]!]!;
  let added = 0;
  while (pooled > 0 && added < places) {
    const best = mostPromising();
    const listing = pool[best]!;
    const shop = shops[best]!;
    pool[best] = pool[--pooled]!;
    promises[best] = promises[pooled]!;
    shops[best] = shops[pooled]!;
    if (countOf(shop, added) === SHOP_MAX || !candidates.add(listing, BIT)) continue;
    taken[added++] = shop;
  }
  return added;
}

function mostPromising(): number {
  let best = 0;
  let most = promises[0]!;
  for (let i = 1; i < pooled; i++) {
    if (!(promises[i]! > most)) continue;
    best = i;
    most = promises[i]!;
  }
  return best;
}

function countOf(shop: number, added: number): number {
  let count = 0;
  for (let i = 0; i < added; i++) if (taken[i] === shop) count++;
  return count;
}

/** Draws from all that are advertised, in the page's category where it has one, whatever they promise. */
function explore(input: SponsoredInput, places: number): void {
  const { advertised, candidates, market, moment } = input;
  const below = moment.category < 0 ? [-1] : market.listings.under(moment.category);
  if (below.length === 0) return;
  const draws = DRAWS_PER_PLACE * places;
  for (let i = 0, added = 0; i < draws && added < places; i++) {
    // Steps of the golden ratio from a drawn place: spread evenly, and without another draw.
    const draw = (input.draw + (i + 1) * 0.6180339887498949) % 1;
    const listing = advertised.draw(below[i % below.length]!, draw);
    if (listing >= 0 && firstAdmitted(input, listing) >= 0 && candidates.add(listing, BIT)) added++;
  }
}
