/** Which candidates may be shown at all, and why not the others: availability, the request, the buyer, the placement's rules. */
import type { DropReason } from '@rialto/sdk';
import type { Candidates } from '../features/candidates.ts';
import type { Moment } from '../features/moment.ts';
import type { Market } from '../market/market.ts';
import { type CompiledRules, satisfies } from './rules.ts';

export interface FilterInput {
  readonly moment: Moment;
  readonly market: Market;
  readonly rules: CompiledRules;
  /** Listing rows that the request asks not to show. */
  readonly excluded: ReadonlySet<number>;
  /** Listing rows that an earlier placement of the same page shows. */
  readonly shown: ReadonlySet<number>;
}

/** Finds the buyer's own dealings with every candidate, and marks those that may not be shown. */
export function filterCandidates(candidates: Candidates, input: FilterInput): void {
  findOwn(candidates, input.moment.buyer, input.market);
  for (let i = 0; i < candidates.size; i++)
    candidates.dropped[i] = whyNot(candidates.listing[i]!, candidates.own[i]!, input);
}

/** By the buyer's list while it is shorter than the candidates; a long one would cost more than looking each candidate up. */
function findOwn(candidates: Candidates, buyer: number, { interactions }: Market): void {
  let walked = 0;
  let row = interactions.first(buyer);
  for (; row >= 0 && walked < candidates.size; row = interactions.next.data[row]!, walked++) {
    const slot = candidates.find(interactions.listing.data[row]!);
    if (slot >= 0) candidates.setOwn(slot, row);
  }
  if (row < 0) return;
  for (let slot = 0; slot < candidates.size; slot++) {
    const own = candidates.own[slot]! < 0 ? interactions.find(buyer, candidates.listing[slot]!) : -1;
    if (own >= 0) candidates.setOwn(slot, own);
  }
}

function whyNot(
  listing: number,
  own: number,
  { moment, market, rules, excluded, shown }: FilterInput,
): DropReason | undefined {
  if (!market.listings.available.has(listing)) return 'unavailable';
  if (moment.ships !== undefined && !market.listings.shipping.reaches(listing, moment.ships)) return 'does-not-ship';
  if (listing === moment.listing) return 'context-listing';
  if (excluded.size > 0 && excluded.has(listing)) return 'excluded-by-request';
  if (shown.size > 0 && shown.has(listing)) return 'shown-elsewhere';
  if (own >= 0 && market.interactions.hidden.data[own] === 1) return 'hidden-by-buyer';
  if (own >= 0 && rules.notBoughtMs > 0 && boughtWithin(own, moment, market, rules.notBoughtMs))
    return 'already-bought';
  for (const condition of rules.exclude) if (satisfies(condition, listing, market)) return 'excluded-by-rule';
  for (const condition of rules.include) if (!satisfies(condition, listing, market)) return 'not-included-by-rule';
  return undefined;
}

function boughtWithin(own: number, moment: Moment, { interactions }: Market, windowMs: number): boolean {
  return interactions.purchases.data[own]! > 0 && moment.at - interactions.lastPurchaseAt.data[own]! <= windowMs;
}
