/** What was shown, and what became of it: rows of logged decisions, from tokens and from buyers, with the features of that moment. */
import { expect, test } from 'vitest';
import { applyRecord } from '../delivery/apply.ts';
import { DAY, event, NOW, openMarket, purchase } from '../delivery/market.fixture.ts';
import { State } from '../delivery/state.ts';
import { MemoryLog } from '../log/memory-log.ts';
import { CollectedExamples } from './shown-examples.ts';

async function collect(log: MemoryLog, end: number) {
  const state = new State();
  const collected = new CollectedExamples(1);
  for await (const { records } of log.read(0, 0)) {
    for (const record of records) {
      if (record.kind === 'decision') collected.decided(state, record);
      applyRecord(state, record);
      if (record.kind === 'event') collected.happened(record);
    }
  }
  return { decisions: collected.decisions, ...collected.examples(end) };
}

test('labels come by token, else by the buyer within a day; only what was seen counts', async () => {
  const log = new MemoryLog();
  const { engine, clock } = await openMarket(log);
  await engine.save('placement', [{ id: 'page', slots: 4, sources: [{ source: 'popular', limit: 20 }] }], 'test');
  const answer = engine.decide({ buyer: 'ada', placements: ['page'] });
  const items = answer.placements[0]!.items;
  expect(items).toHaveLength(4);
  const told = (id: string, type: 'impression' | 'click', item: number) =>
    event(id, type, { listing: items[item]!.id, token: items[item]!.token });
  await engine.ingest([told('i0', 'impression', 0), told('i1', 'impression', 1), told('i2', 'impression', 2)]);
  await engine.ingest([told('c1', 'click', 1), purchase('p1', items[1]!.id)]);
  await engine.ingest([
    event('h2', 'hide', { listing: items[2]!.id }),
    event('k0', 'cart-add', { listing: 'l8', buyer: 'bob' }),
  ]);
  // It comes after the page was shown, and happened before.
  await engine.ingest([purchase('p0', items[0]!.id, { at: NOW - 3_600_000 })]);
  clock.set((NOW + 2 * DAY) as never);
  // Too late to have come of what was shown.
  await engine.ingest([event('k1', 'cart-add', { listing: items[0]!.id, at: NOW + 2 * DAY })]);
  await engine.close();

  const { decisions, examples, labels } = await collect(log, NOW + 2 * DAY);
  expect(decisions).toBe(1);
  // The fourth was not seen.
  expect([...examples.positions]).toEqual([0, 1, 2]);
  expect(examples.placementNames).toEqual(['page']);
  expect(Object.fromEntries([...labels].map(([action, of]) => [action, [...of]]))).toEqual({
    click: [0, 1, 0],
    cart: [0, 0, 0],
    purchase: [0, 1, 0],
    hide: [0, 0, 1],
  });
});

test('features are those of the decision: what was bought after it is not in them', async () => {
  const rows = async (later: boolean) => {
    const log = new MemoryLog();
    const { engine } = await openMarket(log);
    await engine.save('placement', [{ id: 'page', slots: 4, sources: [{ source: 'popular', limit: 20 }] }], 'test');
    await engine.ingest([purchase('p1', 'l3'), purchase('p2', 'l5')]);
    engine.decide({ buyer: 'ada', placements: ['page'] });
    if (later) await engine.ingest([purchase('p3', 'l3'), event('c1', 'click', { listing: 'l5' })]);
    await engine.close();
    const { examples } = await collect(log, NOW + DAY);
    expect(examples.values.some((value) => value > 0)).toBe(true);
    return [...examples.values];
  };
  expect(await rows(true)).toEqual(await rows(false));
});
