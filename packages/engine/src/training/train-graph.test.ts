/** Of either context the recommenders that know it best become a graph that a source follows, from the next event on. */
import type { BuyerEvent, Listing } from '@rialto/sdk';
import { expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { DAY, NOW, openBare } from '../delivery/market.fixture.ts';
import { Embedding } from '../features/embedding.ts';
import { packModel } from '../learning/model-file.ts';
import type { EventRecord } from '../log/record.ts';
import { contextWords, graphLines, memberWords } from './graph-fit.ts';
import { basketsOf } from './history.ts';
import { trainEmbedding } from './train-embedding.ts';
import { trainGraph } from './train-graph.ts';

const CUPS = 12;
const CHAIRS = CUPS;
const LAMPS = 2 * CUPS;
const PICTURES = 15;
const COLD = LAMPS + PICTURES;
const LISTINGS: readonly Listing[] = Array.from({ length: COLD + 1 }, (_, i) => ({
  id: `l${i}`,
  title: `thing ${i}`,
  priceMicros: 1_000_000,
}));

type Told = Omit<BuyerEvent, 'id' | 'at'> & { readonly at: number };

/** Who bought cup i buys chair i in the next order; whoever looks at lamp i looks at the one after it next, whatever they buy. */
function world(seed: number, looks: boolean, buyers = 400): readonly Told[] {
  const rng = new Rng(seed);
  return Array.from({ length: 2 * buyers }, (_, order) => {
    const buyer = `b${order % buyers}`;
    const at = NOW - 300 * DAY + (order * 290 * DAY) / (2 * buyers);
    const cup = (order % buyers) % CUPS;
    const lamp = rng.below(PICTURES);
    const seen = Array.from({ length: looks ? 3 : 0 }, (_, i): Told => {
      const listing = `l${LAMPS + ((lamp + i) % PICTURES)}`;
      return { type: 'view', at: at + i, session: `s${order}`, listing };
    });
    const listing = `l${order < buyers ? cup : CHAIRS + cup}`;
    return [...seen, { type: 'purchase', at: at + 4, buyer, order: `o${order}`, listing, quantity: 1 } as const];
  }).flat();
}

async function opened(told: readonly Told[]) {
  const { engine } = await openBare();
  await engine.save('listing', LISTINGS, 'test');
  const events = told.map(
    ({ at, ...event }, i): EventRecord => ({ kind: 'event', at, event: { ...event, id: `e${i}`, at } }) as EventRecord,
  );
  const history = { entities: [], events, end: events.length };
  const baskets = basketsOf(history);
  const trained = (share = 1) => {
    const some = baskets.slice(0, Math.floor(share * baskets.length));
    return trainGraph(engine.state.market, {
      seed: 1,
      history,
      baskets: some,
      end: baskets[some.length]?.first ?? events.length,
    });
  };
  const embedding = trainEmbedding(engine.state.market, baskets, 1);
  return { engine, trained, embedding };
}

test('what is bought next time and what is looked at next are known by others, and either page has its own graph', async () => {
  const { engine, trained, embedding } = await opened(world(4, true, 300));
  const { graphs, fit } = trained()!;
  const { past, page } = fit;
  for (const member of Object.keys(past!.weights)) expect(member).not.toMatch(/^(visit|session|sequence)/);
  for (const member of Object.keys(page!.weights)) expect(member).toMatch(/^(visit|session|sequence)/);
  for (const { weights } of [past!, page!]) expect(Object.values(weights).reduce((a, b) => a + b)).toBeCloseTo(1);
  expect(Object.keys(past!.recall)).toHaveLength(10);
  expect(past!.recall.ease).toBeGreaterThan(0.95);
  expect(past!.recall['session-knn']).toBe(0);
  expect(page!.recall.ease).toBe(0);
  expect(page!.recall['sequence-rules']).toBeGreaterThan(0.95);
  expect(page!.best.recall).toBeGreaterThan(0.95);
  expect(contextWords(page!)).toContain(`recall@20 in ${page!.trials} trials`);
  expect(graphLines(fit, memberWords).map(([context]) => context)).toEqual(['graph past', 'graph page']);
  expect(memberWords(past!)).toContain('session-knn 0.0000');
  expect(trained()).toEqual({ graphs, fit });

  const sources = [{ source: 'recommended', limit: 1 } as const];
  await engine.save('placement', [{ id: 'shelf', slots: 3, sources }], 'test');
  const shown = (request: object): string[] =>
    engine.decide({ ...request, placements: ['shelf'] }).placements[0]!.items.map(({ id }) => id);
  // Nothing is trained yet.
  expect(shown({ context: { listing: `l${LAMPS}` } })).toEqual([]);
  Object.assign(embedding, { graph: graphs.past, pageGraph: graphs.page });
  await engine.models.publish([{ name: 'embedding', bytes: embedding.pack(), card: {}, by: 'test' }]);
  expect([`l${LAMPS + 1}`, `l${COLD - 1}`]).toContain(shown({ context: { listing: `l${LAMPS}` } })[0]);
  expect([`l${LAMPS + 1}`, `l${LAMPS + 3}`]).toContain(shown({ context: { cart: [`l${LAMPS + 2}`] } })[0]);
  // A listing that nobody met leads nowhere, and a new buyer has no past; the next event changes that.
  expect(shown({ context: { listing: `l${COLD}` } })).toEqual([]);
  expect(shown({ buyer: 'ada' })).toEqual([]);
  await engine.ingest([{ id: 'v1', type: 'view', buyer: 'ada', listing: 'l1' }]);
  expect(shown({ buyer: 'ada' })).toEqual([`l${CHAIRS + 1}`]);
  await engine.close();
});

test('where nothing tells what a page leads to, the past’s graph serves it; where orders are few, there is none', async () => {
  const { engine, trained } = await opened(world(5, false));
  const { graphs, fit } = trained()!;
  expect(fit.page).toBeUndefined();
  expect(graphs.page).toBe(graphs.past);
  expect(Object.keys(fit.past!.recall)).not.toContain('session-knn');
  expect(trained(0.2)).toBeUndefined();
  expect(trained(0.001)).toBeUndefined();
  await engine.close();
});

test('with too few trials to learn a blend from the best recommender serves alone', async () => {
  const { engine, trained } = await opened(world(6, false, 90));
  const { past } = trained()!.fit;
  expect(past!.trials).toBeLessThan(50);
  expect(past!.weights).toEqual({ [past!.best.member]: 1 });
  expect(past!.blend.gain.mean).toBe(0);
  expect(contextWords(past!)).toMatch(/^[a-z0-9-]+ alone[;,] /);
  await engine.close();
});

test('is kept with the state; what does not fit is refused, and a model without graphs has none', async () => {
  const { engine, trained, embedding } = await opened(world(4, true, 120));
  const { graphs } = trained()!;
  const { size } = engine.state.market.listings;
  const bare = embedding.pack();
  Object.assign(embedding, { graph: { ...graphs.past, fade: 0.95 }, pageGraph: graphs.page });
  const out = new SnapshotWriter();
  embedding.save(out);
  const loaded = new Embedding();
  loaded.load(new SnapshotReader(out.sections));
  expect(loaded).toEqual(embedding);
  const read = new Embedding();
  read.unpack(embedding.pack(), size);
  expect(read).toEqual(embedding);

  const wrong = new Embedding();
  for (const change of [
    { graph: { ...graphs.past, targets: graphs.past.targets.map(() => size) } },
    { pageGraph: { ...graphs.page, weights: graphs.page.weights.map(() => Number.NaN) } },
    { pageGraph: { ...graphs.page, fade: 0 } },
  ]) {
    Object.assign(wrong, embedding, change);
    expect(() => read.unpack(wrong.pack(), size)).toThrow(/the graph of listings does not fit/);
    expect(read).toEqual(embedding);
  }
  read.unpack(bare, size);
  expect([read.graph.edgesPerListing, read.pageGraph.edgesPerListing]).toEqual([0, 0]);
  await engine.close();
});

test('a file from before there were two graphs still loads: its one serves both', async () => {
  const { engine, trained, embedding } = await opened(world(4, true, 120));
  const { edgesPerListing, targets, weights } = trained()!.graphs.past;
  const { dimensions, neighboursPerListing, vectors, neighbours, similarities } = embedding;
  const info = { dimensions, neighboursPerListing, edgesPerListing };
  const arrays = { vectors, neighbours, similarities, targets, weights };
  const { size } = engine.state.market.listings;
  const read = new Embedding();
  read.unpack(packModel({ kind: 'embedding', version: 1, info, arrays }), size);
  expect(read.graph).toEqual({ edgesPerListing, fade: 1, targets, weights });
  expect(read.pageGraph).toBe(read.graph);
  expect(() => read.unpack(packModel({ kind: 'embedding', version: 3, info, arrays }), size)).toThrow(/version 1 or 2/);
  await engine.close();
});
