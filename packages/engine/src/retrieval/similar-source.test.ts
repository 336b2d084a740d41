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

test('a listing without a history stands before what sells well and is not like the page, and the reason is told', async () => {
  const { engine } = await opened();
  const sources = [{ source: 'popular', limit: 20 } as const, { source: 'similar', limit: 4 } as const];
  await engine.save('placement', [{ id: 'beside', slots: 3, sources }], 'test');
  await engine.save('listing', [NEW], 'test');
  const sales = Array.from({ length: 30 }, (_, i) =>
    event(`p${i}`, 'purchase', { buyer: `b${i}`, listing: `l${3 + (i % 3)}`, order: `o${i}`, quantity: 1 }),
  );
  await engine.ingest(sales);
  const request = { placements: ['beside'], context: { listing: 'l0' } };
  const { decisionId, placements } = engine.decide(request);
  expect(placements[0]!.items.map(({ id }) => id)).toContain('new');
  const { placements: told } = await engine.explain(decisionId);
  const reasons = told[0]!.candidates!.find(({ id }) => id === 'new')!.why!;
  expect(reasons[0]!.feature).toBe('like-at-hand');
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

test('a ranker that gives newcomers a share shows what is new and like the page among others that sell, with its propensity, until it is known', async () => {
  const { engine } = await opened();
  const exploration = { method: 'newcomers', share: 0.3, impressions: 20 } as const;
  await engine.save('ranker', [{ id: 'fair', objective: 'purchase', exploration }], 'test');
  const sources = [{ source: 'popular', limit: 20 } as const, { source: 'similar', limit: 4 } as const];
  await engine.save('placement', [{ id: 'beside', slots: 3, sources, ranker: 'fair' }], 'test');
  // Liked by the ranker as little as can be: of another category and shop, and dear.
  const stranger = { id: 'new', title: 'Cup', priceMicros: 900_000_000 };
  await engine.save('listing', [stranger], 'test');
  const sales = Array.from({ length: 90 }, (_, i) =>
    event(`p${i}`, 'purchase', { buyer: `b${i}`, listing: `l${i % 9}`, order: `o${i}`, quantity: 1 }),
  );
  await engine.ingest(sales);
  const pages = async (count: number) => {
    let times = 0;
    for (let page = 0; page < count; page++) {
      const { placements } = engine.decide({ placements: ['beside'], context: { listing: 'l0' } });
      if (placements[0]!.items.some(({ id }) => id === 'new')) times++;
    }
    return times / count;
  };
  // The only newcomer has .3 of each of three places.
  expect(Math.abs((await pages(400)) - (1 - 0.7 ** 3))).toBeLessThan(0.1);
  const { decisionId } = engine.decide({ placements: ['beside'], context: { listing: 'l0' } });
  expect((await engine.explain(decisionId)).identical).toBe(true);
  await engine.ingest(Array.from({ length: 20 }, (_, i) => event(`i${i}`, 'impression', { listing: 'new' })));
  expect(await pages(50)).toBe(0);
  const thing = { id: 'q', ranks: 'queries', objective: 'used', exploration } as const;
  const { rejected } = await engine.save('ranker', [thing], 'test');
  expect(rejected[0]!.message).toMatch(/"newcomers" are listings/);
  await engine.close();
});

test('likeness is of the placement that asks for it: what another one on the page asked for counts neither twice nor elsewhere', async () => {
  const { engine } = await opened();
  const popular = { source: 'popular', limit: 20 } as const;
  await engine.save(
    'placement',
    [
      { id: 'again', slots: 9, sources: [{ source: 'similar', limit: 4 }] },
      { id: 'plain', slots: 9, sources: [popular] },
    ],
    'test',
  );
  await engine.save('listing', [NEW], 'test');
  const likeness = async (placements: string[], asked: string): Promise<readonly (number | undefined)[]> => {
    const { decisionId } = engine.decide({ placements, context: { listing: 'l0' } });
    const { placements: told } = await engine.explain(decisionId);
    const { candidates } = told.find(({ placement }) => placement === asked)!;
    return candidates.map(({ features }) => features?.['like-at-hand']);
  };
  const alone = await likeness(['again'], 'again');
  expect(alone.some((effect) => effect !== undefined && effect !== 0)).toBe(true);
  expect(await likeness(['shelf', 'again'], 'again')).toEqual(alone);
  expect(await likeness(['shelf', 'plain'], 'plain')).toEqual(await likeness(['plain'], 'plain'));
  await engine.close();
});
