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
  const { moment, market } = input;
  for (let i = 0; i < candidates.size; i++) {
    if (moment.buyer >= 0) candidates.own[i] = market.interactions.find(moment.buyer, candidates.listing[i]!);
    candidates.dropped[i] = whyNot(candidates.listing[i]!, candidates.own[i]!, input);
  }
}

function whyNot(listing: number, own: number, { moment, market, rules, excluded, shown }: FilterInput): DropReason | undefined {
  if (market.listings.available.data[listing] === 0) return 'unavailable';
  if (listing === moment.listing) return 'context-listing';
  if (excluded.size > 0 && excluded.has(listing)) return 'excluded-by-request';
  if (shown.size > 0 && shown.has(listing)) return 'shown-elsewhere';
  if (own >= 0 && market.interactions.hidden.data[own] === 1) return 'hidden-by-buyer';
  if (own >= 0 && rules.notBoughtMs > 0 && boughtWithin(own, moment, market, rules.notBoughtMs)) return 'already-bought';
  for (const condition of rules.exclude) if (satisfies(condition, listing, market)) return 'excluded-by-rule';
  for (const condition of rules.include) if (!satisfies(condition, listing, market)) return 'not-included-by-rule';
  return undefined;
}

function boughtWithin(own: number, moment: Moment, { interactions }: Market, windowMs: number): boolean {
  return interactions.purchases.data[own]! > 0 && moment.at - interactions.lastPurchaseAt.data[own]! <= windowMs;
}
