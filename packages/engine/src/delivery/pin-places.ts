/** Where pinned listings and other organic items go among the places that ads leave. */
import type { Placement } from '@rialto/sdk';
import { type Candidates, sourceBit } from '../features/candidates.ts';
import type { CompiledRules } from '../ranking/rules.ts';
import type { AdOffer } from './auction-ads.ts';
import type { State } from './state.ts';

export interface Pin {
  readonly candidate: number;
  readonly position: number;
}

/** Brings pinned listings in; returns which candidate is wanted at which position. */
export function addPinned(rules: CompiledRules, candidates: Candidates, { market }: State): Pin[] {
  return rules.pins.flatMap(({ listing, position }) => {
    const row = market.listings.ids.find(listing);
    if (row < 0) return [];
    candidates.add(row, sourceBit('pinned'));
    return [{ candidate: candidates.find(row), position }];
  });
}

/** Which positions ads leave: an ad slot that nobody won goes to an organic item. */
export function organicPlaces({ slots }: Placement, winners: readonly AdOffer[]): number[] {
  const taken = new Set(winners.map(({ position }) => position));
  return Array.from({ length: slots }, (_, position) => position).filter((position) => !taken.has(position));
}

/** The organic place of each pin that may be shown: its own position, or the next one that no ad takes. */
export function placePins(
  pins: readonly Pin[],
  organic: readonly number[],
  { dropped }: Candidates,
): Map<number, number> {
  const places = new Map<number, number>();
  for (const { candidate, position } of pins) {
    let place = organic.findIndex((at) => at >= position);
    while (places.has(place)) place++;
    if (dropped[candidate] === undefined && place >= 0 && place < organic.length) places.set(place, candidate);
  }
  return places;
}
