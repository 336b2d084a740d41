/**
 * Whether a campaign targets a page and who sees it, by its clauses (`market/campaign-targets.ts`) and keywords.
 *
 * A campaign that says on which pages it wants to be, by keywords, categories, products or complements, is shown where one of
 * these holds. Whether a listing complements the page depends on the listing, so that answer is left open here: see
 * `NOT_COMPLEMENTARY`.
 */
import type { DropReason } from '@rialto/sdk';
import type { AdPage } from '../features/ad-page.ts';
import { ADJUSTED, BID, TARGETED } from '../market/campaign-front.ts';
import {
  AUDIENCE,
  BY_CATEGORY,
  BY_COMPLEMENT,
  BY_KEYWORD,
  BY_PRODUCT,
  CATEGORY,
  COUNTRY,
  DEVICE,
  NOT_AUDIENCE,
  NOT_DEVICE,
  NOT_PLACEMENT,
  PLACEMENT,
  PRODUCT,
  REGION,
} from '../market/campaign-targets.ts';
import type { Campaigns } from '../market/campaigns.ts';

type Mismatch = Extract<
  DropReason,
  | 'placement-not-targeted'
  | 'country-not-targeted'
  | 'region-not-targeted'
  | 'device-not-targeted'
  | 'audience-not-included'
  | 'audience-excluded'
  | 'negative-keyword'
  | 'keyword-not-matched'
  | 'category-not-targeted'
  | 'product-not-targeted'
  | 'not-complementary'
>;

/** Said of a campaign that the page misses but for listings of it that go with what the page shows. */
export const NOT_COMPLEMENTARY = 'not-complementary';

const REASONS: Readonly<Record<number, Mismatch>> = {
  [PLACEMENT]: 'placement-not-targeted',
  [NOT_PLACEMENT]: 'placement-not-targeted',
  [COUNTRY]: 'country-not-targeted',
  [REGION]: 'region-not-targeted',
  [DEVICE]: 'device-not-targeted',
  [NOT_DEVICE]: 'device-not-targeted',
  [AUDIENCE]: 'audience-not-included',
  [NOT_AUDIENCE]: 'audience-excluded',
};
const isNegative = (kind: number): boolean => kind === NOT_PLACEMENT || kind === NOT_DEVICE || kind === NOT_AUDIENCE;

/** What of the campaign's targeting does not fit, null where all does. */
export function whyNotTargeted(campaign: number, campaigns: Campaigns, page: AdPage): Mismatch | null {
  if (page.hits.size === 0 && !campaigns.front.has(campaign, TARGETED)) return null;
  const { targets, keywords } = campaigns;
  const { cells, starts, lengths } = targets.clauses;
  const end = starts[campaign]! + lengths[campaign]!;
  let fits = false;
  for (let at = starts[campaign]!; at < end; at += 2 + cells[at + 1]!) {
    const kind = cells[at]!;
    const holds = anyHolds(cells, at + 2, cells[at + 1]!, page);
    if (kind === CATEGORY || kind === PRODUCT) fits ||= holds;
    else if (holds === isNegative(kind)) return REASONS[kind]!;
  }
  if (page.hits.size > 0 && keywords.rulesOut(campaign, page.hits)) return 'negative-keyword';
  const pages = targets.pages.data[campaign]!;
  if (pages === 0 || fits) return null;
  if ((pages & BY_KEYWORD) !== 0 && page.hits.size > 0 && keywords.bestHit(campaign, page.hits, 0) >= 0) return null;
  return missedPage(pages, page);
}

function anyHolds(cells: Int32Array, start: number, count: number, { holds }: AdPage): boolean {
  for (let i = start; i < start + count; i++) if (holds(cells[i]!)) return true;
  return false;
}

/** The reason that says most about the page: by what it is, else by what the campaign asks for first. */
function missedPage(pages: number, page: AdPage): Mismatch {
  if ((pages & BY_COMPLEMENT) !== 0 && page.hasCompany) return NOT_COMPLEMENTARY;
  if ((pages & BY_KEYWORD) !== 0 && page.hasQuery) return 'keyword-not-matched';
  if ((pages & BY_PRODUCT) !== 0 && page.hasListing) return 'product-not-targeted';
  if ((pages & BY_CATEGORY) !== 0 && page.hasCategory) return 'category-not-targeted';
  if ((pages & BY_KEYWORD) !== 0) return 'keyword-not-matched';
  if ((pages & BY_PRODUCT) !== 0) return 'product-not-targeted';
  return (pages & BY_CATEGORY) !== 0 ? 'category-not-targeted' : NOT_COMPLEMENTARY;
}

/** What the campaign bids here: the bid of the keyword that the query matches best, else its own, times what it adjusts. */
export function bidFor(campaign: number, { targets, keywords, front }: Campaigns, page: AdPage): number {
  const own = front.get(campaign, BID);
  const hit = page.hits.size === 0 ? -1 : keywords.bestHit(campaign, page.hits, own);
  const bid = hit < 0 ? own : keywords.bidMicros(campaign, page.hits.keywords[hit]!, own);
  const factor = front.has(campaign, ADJUSTED) ? targets.bidFactor(campaign, page.holds) : 1;
  return factor === 1 ? bid : Math.round(bid * factor);
}
