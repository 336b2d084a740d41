/**
 * Listings that somebody advertises: one of each campaign that may run, from a place in the list of campaigns that the
 * decision draws, so that all get their turn. Organic sources bring advertised listings as well; here
 * come the others, of the page's category where it has one.
 */
import { sourceBit } from '../features/candidates.ts';
import type { Campaigns } from '../market/campaigns.ts';
import type { RetrievalInput } from './candidate-source.ts';

const BIT = sourceBit('sponsored');
/** Campaigns looked at for one place among the candidates. */
const VISITS_PER_PLACE = 4;

/** `draw` is uniform in [0, 1). On a page with a query only what matches it is advertised: organic sources have brought that. */
export function addSponsored({ market, moment, candidates }: RetrievalInput, limit: number, draw: number): void {
  if (moment.query !== undefined) return;
  const { campaigns, listings } = market;
  const start = Math.floor(draw * campaigns.size);
  const visits = Math.min(campaigns.size, VISITS_PER_PLACE * limit);
  for (let i = 0, added = 0; i < visits && added < limit; i++) {
    const campaign = (start + i) % campaigns.size;
    if (!runs(campaigns, campaign, moment.at)) continue;
    const advertised = campaigns.listingsOf(campaign);
    const listing = advertised[Math.floor(draw * 1_000_003) % advertised.length];
    if (listing === undefined || listing < 0) continue;
    if (moment.category >= 0 && !listings.under(moment.category).includes(listings.category.data[listing]!)) continue;
    if (candidates.add(listing, BIT)) added++;
  }
}

function runs({ active, startsAt, endsAt }: Campaigns, campaign: number, at: number): boolean {
  return active.data[campaign] === 1 && at >= startsAt.data[campaign]! && at < endsAt.data[campaign]!;
}
