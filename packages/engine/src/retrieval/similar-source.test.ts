/** A new listing is recommended from its text, category and shop at once, and an event changes the very next recommendation. */
import { expect, test } from 'vitest';
import { event, openMarket } from '../delivery/market.fixture.ts';

const NEW = {
  id: 'new',
  title: 'Green cup with saucer',
  priceMicros: 3_000_000,
  shop: 'potter',
  category: 'Home > Kitchen',
};

async function opened(limit = 4) {
  const { engine } = await openMarket();
  const sources = [{ source: 'similar', limit } as const];
  await engine.save('placement', [{ id: 'shelf', slots: 9, sources }], 'test');
  const shown = (request: { buyer?: string; context?: object }): string[] =>
    engine
      .decide({ ...request, placements: ['shelf'] })
      .placements[0]!.items.map(({ id }) => id)
      .sort();
  return { engine, shown };
}

test('a listing that nobody has seen is a candidate from the moment it is saved, on pages of what is like it', async () => {
  const { engine, shown } = await opened();
  // l0, l1 and l2 are cups of the potter in Kitchen, l3 to l5 scarves.
  expect(shown({ context: { listing: 'l0' } })).not.toContain('new');
  await engine.save('listing', [NEW], 'test');
  expect(shown({ context: { listing: 'l0' } })).toContain('new');
  expect(shown({ context: { cart: ['l1'] } })).toContain('new');
  expect(shown({ context: { listing: 'l4' } })).not.toContain('new');
  await engine.close();
});

test('what the buyer turned to last decides, from the next decision on', async () => {
  const { engine, shown } = await opened(8);
  await engine.save('listing', [NEW], 'test');
  expect(shown({ buyer: 'ada' })).toEqual([]);
  await engine.ingest([event('v1', 'view', { listing: 'l4' })]);
  expect(shown({ buyer: 'ada' })).toEqual(expect.arrayContaining(['l3', 'l5']));
  expect(shown({ buyer: 'ada' })).not.toContain('new');
  await engine.ingest([event('v2', 'view', { listing: 'l1' })]);
  expect(shown({ buyer: 'ada' })).toContain('new');
  await engine.close();
});

test('of what matches the words as well, the same category and shop come first', async () => {
  const { engine, shown } = await opened(1);
  const twins = ['weaver', 'potter', 'joiner'].map((shop) => ({
    ...NEW,
    id: `of-${shop}`,
    title: 'Striped bowl',
    shop,
    category: shop === 'joiner' ? 'Home > Furniture' : 'Home > Kitchen',
  }));
  await engine.save('listing', [{ ...NEW, id: 'bowl', title: 'Striped bowl' }, ...twins], 'test');
  expect(shown({ context: { listing: 'bowl' } })).toEqual(['of-potter']);
  await engine.close();
});
