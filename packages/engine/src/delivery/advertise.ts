/** Keeps what is on the boards of advertised listings in step with campaigns, listings and what happens to them. */
import type { Campaign } from '@rialto/sdk';
import type { CampaignNames } from '../market/campaigns.ts';
import type { Market } from '../market/market.ts';
import { tokenize } from '../retrieval/text-tokens.ts';
import type { State } from './state.ts';

/** How campaigns' names become rows, and their keywords words: read in the marketplace's language. */
export function campaignNames(market: Market): CampaignNames {
  const { language } = market.settings();
  return { listingOf: market.listingOf, shopOf: market.shopOf, wordsOf: (text) => tokenize(text, language) };
}

/** Returns the row. */
export function putCampaign(state: State, campaign: Campaign): number {
  const { campaigns } = state.market;
  const before = campaigns.documents.ids.find(campaign.id);
  const listings = new Set(before < 0 ? [] : campaigns.listingsOf(before));
  const row = campaigns.put(campaign, campaignNames(state.market));
  for (const listing of campaigns.listingsOf(row)) listings.add(listing);
  for (const listing of listings) advertise(state, listing);
  return row;
}

/** Puts a listing on the boards, or takes it off: there are those that a running campaign shows wherever they suit. */
export function advertise({ market: { campaigns, listings }, advertised, signals }: State, listing: number): void {
  const shown = listings.available.has(listing) && campaigns.ofListing(listing).some(isWide);
  const category = listings.category.data[listing]!;
  advertised.put(listing, { advertised: shown, category }, signals.statistics.counters);

  function isWide(campaign: number): boolean {
    return campaigns.active.data[campaign] === 1 && campaigns.targets.pages.data[campaign] === 0;
  }
}
