/** The recommender that does best on the latest orders becomes a graph that a source follows, from the next event on. */
import { expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { event, NOW, openMarket } from '../delivery/market.fixture.ts';
import { Embedding } from '../features/embedding.ts';
import type { Basket } from './history.ts';
import { trainEmbedding } from './train-embedding.ts';
import { trainGraph } from './train-graph.ts';

const rng = new Rng(4);
/** Who buys a cup buys the chair that goes with it next time, and now and then a scarf. */
const BASKETS: readonly Basket[] = Array.from({ length: 600 }, (_, i) => {
  const buyer = i % 300;
  const cup = buyer % 3;
  const bought = i < 300 ? cup : cup + 6;
  const scarf = rng.unit() < 0.2 ? [`l${3 + rng.below(3)}`] : [];
  const order = { order: `o${i}`, buyer: `b${buyer}`, at: NOW + i, country: undefined, first: i };
  return { ...order, listings: [`l${bought}`, ...scarf] };
});

async function trained() {
  const opened = await openMarket();
  const { market } = opened.engine.state;
  const found = trainGraph(market, BASKETS)!;
  const embedding = trainEmbedding(market, BASKETS, 1);
  embedding.graph = found.graph;
  return { ...opened, embedding, found };
}

test('what goes together is found and followed; a new event leads elsewhere at once', async () => {
  const { engine, embedding, found } = await trained();
  expect(Object.keys(found.fit.recall).sort()).toEqual(['ease', 'item-knn', 'neighbourhood-ridge', 'rp3-beta']);
  expect(found.fit.recall[found.fit.kind]).toBe(Math.max(...Object.values(found.fit.recall)));
  expect(found.fit.recall[found.fit.kind]).toBeGreaterThan(0.9);
  const sources = [{ source: 'recommended', limit: 1 } as const];
  await engine.save('placement', [{ id: 'shelf', slots: 3, sources }], 'test');
  const shown = (request: object): string[] =>
    engine.decide({ ...request, placements: ['shelf'] }).placements[0]!.items.map(({ id }) => id);
  // Nothing is trained yet.
  expect(shown({ context: { listing: 'l0' } })).toEqual([]);
  await engine.models.publish([{ name: 'embedding', bytes: embedding.pack(), card: {}, by: 'test' }]);
  expect(shown({ context: { listing: 'l0' } })).toEqual(['l6']);
  expect(shown({ context: { cart: ['l2'] } })).toEqual(['l8']);
  expect(shown({ buyer: 'ada' })).toEqual([]);
  await engine.ingest([event('v1', 'view', { listing: 'l1' })]);
  expect(shown({ buyer: 'ada' })).toEqual(['l7']);
  await engine.close();
});

test('is kept with the state; what does not fit is refused, and a model without a graph has none', async () => {
  const { engine, embedding } = await trained();
  const { size } = engine.state.market.listings;
  const out = new SnapshotWriter();
  embedding.save(out);
  const loaded = new Embedding();
  loaded.load(new SnapshotReader(out.sections));
  expect(loaded.graph).toEqual(embedding.graph);
  const read = new Embedding();
  read.unpack(embedding.pack(), size);
  expect(read.graph).toEqual(embedding.graph);

  const wrong = new Embedding();
  Object.assign(wrong, embedding, { graph: { ...embedding.graph, targets: embedding.graph.targets.map(() => size) } });
  expect(() => read.unpack(wrong.pack(), size)).toThrow(/the graph of listings does not fit/);
  expect(read.graph).toEqual(embedding.graph);
  const { market } = engine.state;
  read.unpack(trainEmbedding(market, BASKETS, 1).pack(), size);
  expect(read.graph.edgesPerListing).toBe(0);
  expect(trainGraph(market, BASKETS.slice(0, 40))).toBeUndefined();
  await engine.close();
});
