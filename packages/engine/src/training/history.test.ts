import type { BuyerEvent } from '@rialto/sdk';
import { describe, expect, it } from 'vitest';
import { MemoryLog } from '../log/memory-log.ts';
import type { LogRecord } from '../log/record.ts';
import { basketsOf, readHistory } from './history.ts';
import { recallAt } from './recall.ts';
import { Replay } from './replay.ts';

const START = 1_700_000_000_000;
const HOUR = 3_600_000;
const LISTINGS = ['a', 'b', 'c', 'd', 'e'];

let made = 0;
const event = (type: BuyerEvent['type'], hours: number, rest: Partial<BuyerEvent>): LogRecord => ({
  kind: 'event',
  at: START + 1000 * HOUR,
  imported: true,
  event: { id: `e${made++}`, type, at: START + hours * HOUR, ...rest },
});
const view = (buyer: string, listing: string, hours: number): LogRecord => event('view', hours, { buyer, listing });
const buy = (buyer: string | undefined, order: string, listing: string, hours: number): LogRecord =>
  event('purchase', hours, { ...(buyer !== undefined && { buyer }), order, listing, priceMicros: 1 });

async function historyOf(events: readonly LogRecord[]) {
  const log = new MemoryLog();
  const listings = LISTINGS.map(
    (id): LogRecord => ({
      kind: 'listing',
      at: START,
      by: 'test',
      entity: { id, title: `thing ${id}`, priceMicros: 1 },
    }),
  );
  await log.append([...listings, ...events]);
  return readHistory(log);
}

describe('the history', () => {
  it('has what happened in the order of time, then of orders, however it came into the log', async () => {
    const { events, entities } = await historyOf([
      buy('ada', 'o2', 'a', 5),
      buy('bob', 'o1', 'b', 5),
      buy('ada', 'o2', 'c', 5),
      view('ada', 'd', 1),
    ]);
    expect(events.map(({ event: { listing } }) => listing)).toEqual(['d', 'b', 'a', 'c']);
    expect(entities.length).toBe(LISTINGS.length);
  });

  it('leaves out decisions and models', async () => {
    const { entities } = await historyOf([
      { kind: 'model', at: START, by: 'test', name: 'ranker', bytes: new Uint8Array(1), card: {} },
      { kind: 'decision', at: START, id: '0-n', stateOffset: 0, request: { placements: [] }, placements: [] },
    ]);
    expect(entities.map(({ kind }) => kind)).toEqual(LISTINGS.map(() => 'listing'));
  });
});

describe('a basket', () => {
  it('is what a known buyer bought in one order, each listing once', async () => {
    const history = await historyOf([
      buy('ada', 'o1', 'a', 1),
      buy('ada', 'o1', 'b', 1),
      buy('ada', 'o1', 'a', 1),
      buy('bob', 'o1', 'c', 2),
      buy(undefined, 'o9', 'd', 3),
    ]);
    expect(basketsOf(history)).toMatchObject([
      { buyer: 'ada', order: 'o1', listings: ['a', 'b'], first: 0 },
      { buyer: 'bob', order: 'o1', listings: ['c'], first: 3 },
    ]);
  });

  it('is predicted from the start of the visit that led to it, not from its last click', async () => {
    const history = await historyOf([
      view('ada', 'a', 1),
      view('ada', 'b', 10),
      view('ada', 'c', 10.5),
      buy('ada', 'o1', 'c', 11),
      view('ada', 'd', 11.2),
      buy('ada', 'o2', 'd', 11.4),
    ]);
    expect(basketsOf(history).map(({ order, first, at }) => [order, first, at - START])).toEqual([
      ['o1', 1, 10 * HOUR],
      ['o2', 4, 11.2 * HOUR],
    ]);
  });

  it('is looked at from a state that knows nothing of it, nor of anything later', async () => {
    const records = [
      ...Array.from({ length: 8 }, (_, i) => buy('ada', `o${i}`, LISTINGS[i % 3]!, 24 * i)),
      view('ada', 'e', 200),
      buy('ada', 'last', 'e', 200.1),
      buy('bob', 'later', 'e', 300),
    ];
    const history = await historyOf(records);
    const basket = basketsOf(history).find(({ order }) => order === 'last')!;
    const replay = new Replay(history);
    replay.upTo(basket.first);
    expect(replay.state.tally).toMatchObject({ orderLines: 8, views: 0 });
    expect(replay.state.signals.lastEventAt).toBe(START + 24 * 7 * HOUR);

    const placement = { id: 'p', slots: 5, sources: replay.sources() };
    const seen = (over: Replay) => {
      over.consider(basket, placement);
      const { candidates, matrix } = over.workspace;
      return matrix.whole().columns.map(({ shape, values }) => [shape, [...values.subarray(0, candidates.size)]]);
    };
    const alone = new Replay(await historyOf(records.slice(0, 8)));
    alone.upTo(8);
    expect(seen(replay)).toEqual(seen(alone));
    replay.place(placement);
    alone.place(placement);
    expect(replay.decide(basket, 'p')).toEqual(alone.decide(basket, 'p'));
  });
});

describe('the catalogue of a replay', () => {
  const live = (type: BuyerEvent['type'], hours: number, rest: Partial<BuyerEvent>): LogRecord => ({
    kind: 'event',
    at: START + hours * HOUR,
    event: { id: `e${made++}`, type, at: START + hours * HOUR, ...rest },
  });
  const listing = (hours: number, rest: object): LogRecord => ({
    kind: 'listing',
    at: START + hours * HOUR,
    by: 'test',
    entity: { id: 'a', title: 'thing a', priceMicros: 1, ...rest },
  });
  const review = (hours: number, rest: object = {}): LogRecord => ({
    kind: 'review',
    at: START + hours * HOUR,
    by: 'test',
    entity: { id: `r${made++}`, listing: 'a', rating: 5, ...rest },
  });
  const found = ({ state: { market } }: Replay) => {
    const row = market.listings.ids.find('a');
    const { priceMicros, available } = market.listings;
    return [priceMicros.data[row], available.has(row), market.reviews.count.data[row] ?? 0];
  };

  it('knows no price, stock or review that came later', async () => {
    const history = await historyOf([
      live('purchase', 10, { buyer: 'ada', order: 'o1', listing: 'a' }),
      review(20),
      live('purchase', 30, { buyer: 'bob', order: 'o2', listing: 'a' }),
      listing(40, { priceMicros: 2 }),
      live('view', 50, { buyer: 'bob', listing: 'a' }),
      listing(60, { priceMicros: 2, availability: 'removed' }),
    ]);
    const replay = new Replay(history);
    const seen = [0, 1, 2, 3].map((index) => {
      replay.upTo(index);
      return found(replay);
    });
    expect(seen).toEqual([
      [1, true, 0],
      [1, true, 1],
      [2, true, 1],
      [2, false, 1],
    ]);
  });

  it('is as it was known when history from files was followed by what happened', async () => {
    const history = await historyOf([
      buy('ada', 'o1', 'a', 10),
      review(900, { at: START + 12 * HOUR }),
      buy('ada', 'o2', 'a', 20),
      listing(1_000, { priceMicros: 3 }),
      live('view', 1_100, { buyer: 'ada', listing: 'a' }),
      listing(1_200, { priceMicros: 4 }),
    ]);
    const replay = new Replay(history);
    replay.upTo(0);
    expect(found(replay)).toEqual([3, true, 0]);
    replay.upTo(1);
    expect(found(replay)).toEqual([3, true, 1]);
    replay.upTo(2);
    expect(found(replay)).toEqual([3, true, 1]);
    replay.upTo(3);
    expect(found(replay)).toEqual([4, true, 1]);
  });
});

describe('recall', () => {
  it.each([
    [['a', 'b', 'c'], ['a', 'c'], 3, 1],
    [['a', 'b', 'c'], ['c', 'd'], 3, 0.5],
    [['a', 'b', 'c'], ['c'], 2, 0],
    [['a', 'b', 'c'], ['a', 'b', 'c', 'd'], 2, 1],
    [[], ['a'], 20, 0],
  ])('of %j where %j were bought, at %i, is %d', (shown, bought, k, expected) => {
    expect(recallAt(k, shown, new Set(bought))).toBe(expected);
  });
});
