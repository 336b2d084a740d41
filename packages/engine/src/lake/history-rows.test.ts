import { expect, test } from 'vitest';
import { decisionItemRows, decisionRow, eventRow } from './history-rows.ts';
import { HISTORY_TABLES } from './lake-tables.ts';

const asRow = (table: 'decision_items' | 'decisions' | 'events', cells: readonly unknown[]) => {
  const { columns } = HISTORY_TABLES[table];
  expect(cells).toHaveLength(columns.length);
  return Object.fromEntries(columns.map(({ name }, i) => [name, cells[i]]));
};

test('what is no listing has columns of its own, in decisions and in what was seen of it', () => {
  const shown = { placement: 'suggestions', listings: [], campaigns: [], pricesMicros: [] };
  const things = ['blue cup', 'red cup'].map((id) => ({ kind: 'query', id, score: 0.5 }) as const);
  const request = { placements: ['suggestions'] };
  const placements = [{ ...shown, things, propensities: [0.75, 0.5] }];
  const decision = { kind: 'decision', at: 1, id: 'd', stateOffset: 0, request, placements } as const;
  const [, row] = decisionItemRows(3, decision);
  expect(asRow('decision_items', row!)).toMatchObject({
    kind: 'query',
    thing: 'red cup',
    propensity: 0.5,
    position: 1,
    listing: undefined,
  });
  expect(asRow('decisions', decisionRow(3, decision))).toMatchObject({ items: 2, ads: 0 });

  const claims = { decisionId: 'd', position: 1, placement: 'suggestions', listing: 'red cup', kind: 'query' } as const;
  const search = { id: 'e', type: 'search', at: 2, query: 'Red cup', language: 'de', results: 4 } as const;
  expect(asRow('events', eventRow(4, { kind: 'event', at: 2, event: search, claims }))).toMatchObject({
    language: 'de',
    results: 4,
    shown_kind: 'query',
    shown_thing: 'red cup',
    shown_listing: undefined,
    shown_placement: 'suggestions',
  });
  const click = { id: 'f', type: 'click', at: 2, listing: 'l1' } as const;
  const item = { decisionId: 'd', position: 0, placement: 'home', listing: 'l1' };
  expect(asRow('events', eventRow(5, { kind: 'event', at: 2, event: click, claims: item }))).toMatchObject({
    shown_listing: 'l1',
    shown_kind: undefined,
    shown_thing: undefined,
  });
});

test('a position that a client made up and no column holds is left out', () => {
  const at = (position: number) => {
    const claims = { decisionId: 'd', position, placement: 'home', listing: 'l1' };
    const event = { id: 'f', type: 'click', at: 2, listing: 'l1' } as const;
    return asRow('events', eventRow(5, { kind: 'event', at: 2, event, claims }))['position'];
  };
  expect(at(2 ** 31 - 1)).toBe(2 ** 31 - 1);
  expect(at(2 ** 31)).toBeUndefined();
  expect(at(Number.MAX_SAFE_INTEGER)).toBeUndefined();
});
