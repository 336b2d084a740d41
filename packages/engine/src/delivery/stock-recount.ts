/** Stock without a time is counted when it is saved, so a listing that is saved again as it was may bring a new count with it. */
import type { Listing } from '@rialto/sdk';
import type { EntityKind, EntityOf } from '../log/record.ts';
import type { State } from './state.ts';

export function isRecount(state: State, kind: EntityKind, entity: EntityOf[EntityKind], at: number): boolean {
  if (kind !== 'listing') return false;
  const { id, stock } = entity as Listing;
  return stock !== undefined && stock.at === undefined && state.claims.recounts(state.market.listings.ids.find(id), at);
}
