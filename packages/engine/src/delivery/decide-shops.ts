/**
 * Shops for a buyer: the listings that would be candidates for the buyer on this page, scored and held to the placement's rules as
 * ever, and put together by shop in `ranking/shop-shares.ts`. What a declared ranker asks of predicted actions and prices of a shop is their mean over
 * its listings, each weighed by how likely the choice falls on it.
 */
import type { DropReason, Source, ThingDropReason } from '@rialto/sdk';
import { hashUnit } from '../base/hash.ts';
import { sourceBit } from '../features/candidates.ts';
import { buyerKey } from '../market/buyers.ts';
import { filterCandidates } from '../ranking/filter.ts';
import { likenessOf } from '../ranking/likeness.ts';
import { shiftScores } from '../ranking/ranker.ts';
import { NEW_MS, rankShops, type ShopListing } from '../ranking/shop-shares.ts';
import { retrieve } from '../retrieval/retrieve.ts';
import { arrangeThings } from './arrange-things.ts';
import type { JudgedThing, JudgedThings, ThingInput } from './judged-thing.ts';
import { ShopActions } from './shop-actions.ts';

const DRAW = 0x5409;
/** Where the placement has none. */
const SOURCES: readonly Source[] = [
  { source: 'history', limit: 150 },
  { source: 'together', limit: 100 },
  { source: 'viewed-together', limit: 60 },
  { source: 'neighbours', limit: 60 },
  { source: 'search', limit: 100 },
  { source: 'category', limit: 150 },
  { source: 'popular', limit: 300 },
];
/** The newest listings, looked through for shops that are new. */
const NEWEST_MAX = 300;
const NEW_SHOPS_MAX = 20;
/** Of a shop in a placement, where nobody knows: used once of fifty times seen. */
const USED_PRIOR = 1;
const SEEN_PRIOR = 50;

export function rankShopsFor(input: ThingInput): JudgedThings {
  const { state, request, moment, placement, placed, decisionId } = input;
  // What a ranker draws is to have a propensity: then nothing else is left to chance.
  const draws = placed?.ranker.exploration === undefined;
  const { market, things } = state;
  const { shopIds, shopSince } = market.listings;
  const pageShop = moment.listing < 0 ? -1 : market.listings.shop.data[moment.listing]!;
  const excluded = new Set(request.exclude);
  const { open, fallen, late, expected } = considerListings(input);
  const rates = new Map<number, { readonly seen: number; readonly used: number }>();
  let [used, seen] = [USED_PRIOR, SEEN_PRIOR];
  for (const { shop } of open) {
    if (rates.has(shop)) continue;
    const rate = things.rateOf({ kind: 'shop', placement: placement.id, id: shopIds.text(shop) });
    rates.set(shop, rate);
    used += rate.used;
    seen += rate.seen;
  }
  const who = buyerKey(request) ?? decisionId;
  const ranked = rankShops(open, (shop) => {
    const rate = rates.get(shop)!;
    const draw = draws ? hashUnit(DRAW, `${who}\u0000${placement.id}\u0000${shopIds.text(shop)}`) : undefined;
    const isNew = moment.at - shopSince.data[shop]! < NEW_MS;
    return { used: rate.used, seen: rate.seen, expected: (rate.seen * used) / seen, isNew, draw };
  });
  const leading = new Map<string, number>();
  const judged = ranked.map(({ shop, score, factors: known, isNew, listings }): JudgedThing => {
    const id = shopIds.text(shop);
    leading.set(id, listings[0]!);
    const factors = { ...known, ...expected?.get(shop) };
    const evidence = listings.map((listing) => market.listings.ids.text(listing));
    const told = { id, sources: isNew ? ['listings', 'new'] : ['listings'], score, factors, evidence };
    if (shop === pageShop) return { ...told, dropped: 'context-shop' };
    return excluded.has(id) ? { ...told, dropped: 'excluded-by-request' } : told;
  });
  for (const { shop } of open) fallen.delete(shop);
  const left = [...fallen].map(([shop, dropped]): JudgedThing => {
    return { id: shopIds.text(shop), sources: ['listings'], score: 0, factors: {}, dropped };
  });
  const all = [...judged, ...left];
  if (late) return { things: all, late };
  if (placed === undefined) return { things: all };
  const alike = likenessOf(placed.ranker.diversity?.by, { market, embedding: state.signals.embedding });
  const listingAt = (i: number): number => leading.get(all[i]!.id)!;
  return { things: arrangeThings(all, placed, input, { of: (a, b) => alike(listingAt(a), listingAt(b)) }) };
}

/** Listings that may be shown, and shops of those that may not, with the reason of the first. */
function considerListings(input: ThingInput) {
  const { state, request, moment, placement, placed, workspace } = input;
  const { market, signals, texts } = state;
  const { candidates, evidence, matrix, scratch, keys } = workspace;
  const rules = workspace.rulesOf(placement, state);
  candidates.begin(moment.ships, market.listings.shipping.setOf.data);
  retrieve(placement.sources.length > 0 ? placement.sources : SOURCES, {
    moment,
    market,
    signals,
    evidence,
    texts,
    candidates,
    scratch,
    keys,
  });
  addNewShops({ state, moment, workspace });
  const excluded = new Set((request.exclude ?? []).map((id) => market.listings.ids.find(id)));
  filterCandidates(candidates, { moment, market, rules, excluded, shown: new Set() });
  const features = { moment, market, signals, evidence, candidates };
  const late = isLate(input);
  if (late) matrix.fillCheap(features);
  else matrix.fill(features);
  state.rankerOf(placement).score(matrix, features);
  // Before boosts and burials, which would count in priors too.
  const actions = placed === undefined || late ? undefined : new ShopActions(placed, { state, features, matrix });
  shiftScores(features, rules);
  const open: ShopListing[] = [];
  const fallen = new Map<number, ThingDropReason>();
  for (let i = 0; i < candidates.size; i++) {
    const listing = candidates.listing[i]!;
    const shop = market.listings.shop.data[listing]!;
    const dropped = candidates.dropped[i];
    if (shop < 0) continue;
    // The page's own listing is no reason against its shop; that is told by itself.
    if (dropped === undefined || dropped === 'context-listing')
      open.push({ shop, listing, score: candidates.score[i]! });
    else if (!fallen.has(shop)) fallen.set(shop, reasonOf(dropped));
  }
  return { open, fallen, late, expected: actions?.byShop(candidates) };
}

function isLate({ placement, placed, outOfTime }: ThingInput): boolean {
  const budget = placed?.ranker.latencyBudgetMs;
  return budget !== undefined && outOfTime?.(placement.id, budget) === true;
}

function reasonOf(dropped: DropReason): ThingDropReason {
  if (dropped === 'excluded-by-rule' || dropped === 'not-included-by-rule' || dropped === 'already-bought')
    return dropped;
  return 'nothing-to-show';
}

/** One listing, the newest, of each shop that came lately: nothing else would speak for it. */
function addNewShops({ state, moment, workspace }: Pick<ThingInput, 'state' | 'moment' | 'workspace'>): void {
  const { listings } = state.market;
  const found = new Set<number>();
  const end = Math.max(0, listings.size - NEWEST_MAX);
  for (let listing = listings.size - 1; listing >= end && found.size < NEW_SHOPS_MAX; listing--) {
    const shop = listings.shop.data[listing]!;
    if (shop < 0 || found.has(shop) || moment.at - listings.shopSince.data[shop]! >= NEW_MS) continue;
    if (!listings.available.has(listing) || !listings.shipping.reaches(listing, moment.ships)) continue;
    found.add(shop);
    workspace.candidates.add(listing, NEW);
  }
}

const NEW = sourceBit('popular');
