import type { Campaign } from '@rialto/sdk';
import { expect, it } from 'vitest';
import { MILLIS_PER_DAY, millis } from '../base/units.ts';
import { MemoryLog } from '../log/memory-log.ts';
import { fieldChanges } from './field-changes.ts';
import { CAMPAIGNS, NOW, openBare, openMarket } from './market.fixture.ts';

const spring = CAMPAIGNS[0]!;

it('tells of every change who made it, when, and what it was', async () => {
  const { engine, clock } = await openMarket();
  const dearer: Campaign = { ...spring, bidMicros: 700_000, targeting: { countries: ['DE', 'FR'] } };
  clock.set(millis(NOW + 5));
  await engine.save('campaign', [dearer], 'ann');
  await engine.save('campaign', [dearer], 'nobody');
  clock.set(millis(NOW + 9));
  await engine.save('campaign', [{ ...dearer, listings: ['l1', 'l2'], targeting: { countries: ['DE', 'AT'] } }], 'bob');
  expect(engine.version('campaign', 'spring')).toBe(3);
  expect(await engine.versions({ kind: 'campaign', id: 'spring', limit: 2 })).toEqual({
    items: [
      {
        version: 3,
        at: NOW + 9,
        by: 'bob',
        changes: [
          { field: 'listings', added: ['l2'], removed: ['l0'] },
          { field: 'targeting.countries', added: ['AT'], removed: ['FR'] },
        ],
      },
      {
        version: 2,
        at: NOW + 5,
        by: 'ann',
        changes: [
          { field: 'bidMicros', before: 500_000, after: 700_000 },
          { field: 'targeting', after: { countries: ['DE', 'FR'] } },
        ],
      },
    ],
    next: 2,
  });
  const { items, next } = await engine.versions({ kind: 'campaign', id: 'spring', before: 2, limit: 2 });
  expect(next).toBeUndefined();
  expect(items.map(({ version, by }) => [version, by])).toEqual([[1, 'test']]);
  expect(items[0]!.changes).toContainEqual({ field: 'bidMicros', after: 500_000 });
  expect(await engine.versions({ kind: 'campaign', id: 'spring', before: 1, limit: 2 })).toEqual({ items: [] });
  await expect(engine.versions({ kind: 'campaign', id: 'nothing', limit: 2 })).rejects.toThrow(
    /there is no campaign "nothing"/,
  );
});

it('still does after a restart', async () => {
  const log = new MemoryLog();
  const first = await openMarket(log);
  for (let i = 1; i <= 30; i++)
    await first.engine.save('shop', [{ id: 'potter', name: `Potter ${i}` }], `key-${i % 3}`);
  const before = await first.engine.versions({ kind: 'shop', id: 'potter', limit: 100 });
  expect(before.items).toHaveLength(31);
  const again = await openBare(log);
  expect(await again.engine.versions({ kind: 'shop', id: 'potter', limit: 100 })).toEqual(before);
});

it('compares field by field', () => {
  const at = MILLIS_PER_DAY;
  expect(fieldChanges({ a: 1, b: { c: [1, 2], d: 'x' } }, { b: { c: [1, 3], d: 'x' }, e: { f: at } })).toEqual([
    { field: 'a', before: 1 },
    { field: 'b.c', before: [1, 2], after: [1, 3] },
    { field: 'e', after: { f: at } },
  ]);
  expect(fieldChanges({ a: {} }, { a: { constructor: 2, toString: 3 } })).toEqual([
    { field: 'a.constructor', after: 2 },
    { field: 'a.toString', after: 3 },
  ]);
  expect(fieldChanges({ a: ['x', 'y'] }, { a: ['y', 'x'] })).toEqual([
    { field: 'a', before: ['x', 'y'], after: ['y', 'x'] },
  ]);
});
