/**
 * What sells now: half from the last 7 days, half from the last 28, then what is looked at, then what was saved last, so that
 * a marketplace without any history has something to show.
 */
import { sourceBit } from '../features/candidates.ts';
import { addAll, type CandidateSource } from './candidate-source.ts';

const BIT = sourceBit('popular');
/** Listings looked through for one that may be added. */
const NEWEST_MAX = 20_000;

export const fromPopular: CandidateSource = ({ signals: { statistics }, market, candidates, scratch }, limit) => {
  const goal = candidates.reachable + limit;
  for (const [window, share] of [
    [statistics.bought7, limit >> 1],
    [statistics.bought28, limit],
    [statistics.viewed7, limit],
  ] as const) {
    const room = Math.min(share, goal - candidates.reachable);
    // Twice the room: many of the top are candidates already.
    if (room > 0)
      addAll(candidates, scratch, window.overall.top(0, Math.min(2 * room, scratch.length), scratch), room, 'popular');
  }
  const end = Math.max(0, market.listings.size - NEWEST_MAX);
  for (let listing = market.listings.size - 1; listing >= end && candidates.reachable < goal; listing--) {
    if (candidates.size === candidates.listing.length) return;
    candidates.add(listing, BIT);
  }
};
