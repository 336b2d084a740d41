/** A ranker that was trained on a shop's orders, and listings put into the shop afterwards: where they stand on pages of what they are like. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Engine } from '../delivery/engine.ts';
import { event } from '../delivery/market.fixture.ts';
import { readHistory } from './history.ts';
import { tasteShop } from './taste.fixture.ts';
import { trainModels } from './train-models.ts';

const SOURCES = [
  { source: 'together', limit: 40 },
  { source: 'popular', limit: 100 },
  { source: 'similar', limit: 20 },
] as const;
/** A category has ten of the shop's sixty listings. */
const LIKE_IT = 10;

let engine: Engine;
beforeAll(async () => {
  const shop = await tasteShop();
  engine = shop.engine;
  const { ranker, embedding } = trainModels(await readHistory(shop.log), { seed: 1 });
  const models = Object.entries({ ranker, embedding });
  await engine.models.publish(models.map(([name, bytes]) => ({ name, bytes, card: {}, by: 'test' })));
  await engine.save('placement', [{ id: 'beside', slots: 100, sources: SOURCES }], 'test');
});
afterAll(() => engine.close());

/** From 1 on. */
function placeOf(id: string, page: string, buyer = 'a stranger'): number {
  const { placements } = engine.decide({ buyer, placements: ['beside'], context: { listing: page } });
  return 1 + placements[0]!.items.findIndex((item) => item.id === id);
}

test.each([0, 1, 2, 3, 4, 5])(
  'a listing put in a moment ago is among the first of pages of its category, and not of others (%i)',
  async (kind) => {
    const id = `new-${kind}`;
    const listing = { id, title: `thing 99 of ${kind}`, priceMicros: 3_000_000, category: `c${kind}` };
    await engine.save('listing', [listing], 'test');
    for (const number of [kind, kind + 6, kind + 12]) {
      expect(placeOf(id, `l${number}`), `on the page of l${number}`).toBeGreaterThan(0);
      expect(placeOf(id, `l${number}`), `on the page of l${number}`).toBeLessThanOrEqual(LIKE_IT);
    }
    const elsewhere = placeOf(id, `l${(kind + 1) % 6}`);
    expect(elsewhere === 0 || elsewhere > LIKE_IT).toBe(true);
  },
);

test('what stands in for it is told, of a like price, and no longer once it was seen often and not bought', async () => {
  const listing = { id: 'fresh', title: 'thing 77 of 2', priceMicros: 3_000_000, category: 'c2' };
  await engine.save('listing', [listing], 'test');
  const told = async () => {
    const { decisionId } = engine.decide({ buyer: 'eve', placements: ['beside'], context: { listing: 'l2' } });
    const { identical, placements } = await engine.explain(decisionId);
    expect(identical).toBe(true);
    const { candidates } = placements[0]!;
    return { candidate: candidates.find(({ id }) => id === 'fresh')!, candidates };
  };
  const before = await told();
  const standIn = before.candidates.find(({ id }) => id === before.candidate.countsOf)!;
  expect(Number(standIn.id.slice(1)) % 6).toBe(2);
  expect(before.candidate.features!['popularity']).toBeCloseTo(standIn.features!['popularity']!, 6);
  // The first of each category sell often.
  const often = before.candidates.filter(({ id }) => /^l[0-5]$/.test(id));
  expect(often.filter(({ countsOf }) => countsOf !== undefined)).toEqual([]);
  const seen = Array.from({ length: 200 }, (_, i) => event(`seen-${i}`, 'impression', { listing: 'fresh' }));
  await engine.ingest(seen);
  const after = await told();
  expect(after.candidate.countsOf).toBeUndefined();
  expect(after.candidate.features!['popularity'] ?? 0).toBe(0);
});
