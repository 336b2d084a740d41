/**
 * Listings that somebody advertises: one of each campaign that may run, from a place in the list of campaigns that the
 * decision draws, so that all get their turn. Organic sources bring advertised listings as well; here come the others.
 */
import { sourceBit } from '../features/candidates.ts';
import type { RetrievalInput } from './candidate-source.ts';

const BIT = sourceBit('sponsored');
/** Campaigns looked at for one place among the candidates. */
const VISITS_PER_PLACE = 4;

/** `draw` is uniform in [0, 1). */
export function addSponsored(
  { market: { campaigns }, moment, candidates }: RetrievalInput,
  limit: number,
  draw: number,
): void {
  const start = Math.floor(draw * campaigns.size);
  const visits = Math.min(campaigns.size, VISITS_PER_PLACE * limit);
  for (let i = 0, added = 0; i < visits && added < limit; i++) {
    const campaign = (start + i) % campaigns.size;
    if (
      campaigns.active.data[campaign] === 0 ||
      moment.at < campaigns.startsAt.data[campaign]! ||
      moment.at >= campaigns.endsAt.data[campaign]!
    )
      continue;
    const listings = campaigns.listings[campaign]!;
    const listing = listings[Math.floor(draw * 1_000_003) % listings.length];
    if (listing !== undefined && listing >= 0 && candidates.add(listing, BIT)) added++;
  }
}
