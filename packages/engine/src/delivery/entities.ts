/** Entities read back as they were saved, one or a page of them, in order of first appearance. */
import { assert } from '../base/assert.ts';
import type { EntityKind, EntityOf } from '../log/record.ts';
import type { Market } from '../market/market.ts';

interface Table<T> {
  readonly size: number;
  find(id: string): number;
  at(row: number): T | undefined;
  idAt(row: number): string;
}

function tableOf(market: Market, kind: EntityKind): Table<unknown> {
  if (kind === 'listing') {
    const { listings } = market;
    return {
      size: listings.size,
      find: (id) => listings.ids.find(id),
      at: (row) => listings.document(row),
      idAt: (row) => listings.ids.text(row),
    };
  }
  if (kind === 'settings') return { size: 1, find: () => 0, at: () => market.settings(), idAt: () => 'settings' };
  const documents = {
    shop: market.shops,
    placement: market.placements,
    experiment: market.experiments,
    ranker: market.rankers,
    review: market.reviews.documents,
    campaign: market.campaigns.documents,
  }[kind];
  assert(documents !== undefined, 'no table of this kind', kind);
  return {
    size: documents.size,
    find: (id) => documents.ids.find(id),
    at: (row) => documents.at(row),
    idAt: (row) => documents.ids.text(row),
  };
}

export function readEntity<Kind extends EntityKind>(
  market: Market,
  kind: Kind,
  id: string,
): EntityOf[Kind] | undefined {
  const table = tableOf(market, kind);
  const row = table.find(id);
  return row < 0 ? undefined : (table.at(row) as EntityOf[Kind]);
}

/** The page after the entity `after`; `next` is given while there is more. An unknown `after` gives an empty page. */
export function listEntities<Kind extends EntityKind>(
  market: Market,
  kind: Kind,
  { after, limit }: { readonly after?: string; readonly limit: number },
): { items: EntityOf[Kind][]; next?: string } {
  const table = tableOf(market, kind);
  const found = after === undefined ? 0 : table.find(after) + 1;
  const start = after !== undefined && found === 0 ? table.size : found;
  const end = Math.min(table.size, start + limit);
  const items = Array.from({ length: end - start }, (_, i) => table.at(start + i) as EntityOf[Kind]);
  return end < table.size && end > start ? { items, next: table.idAt(end - 1) } : { items };
}
