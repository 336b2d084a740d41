/** Declared rankers of what is no listing: what they make of it, what they draw and log, what is refused, and that a decision is made again the same. */
import type { BuyerEvent, DecideContext, Placement, Ranker } from '@rialto/sdk';
import { describe, expect, test } from 'vitest';
import { millis } from '../base/units.ts';
import { MemoryLog } from '../log/memory-log.ts';
import type { DecidedRecord } from '../log/record.ts';
import type { RankedThing } from '../ranking/thing-names.ts';
import type { EngineOptions } from './engine.ts';
import { DAY, event, LISTINGS, NOW, openMarket, type TestEngine } from './market.fixture.ts';

/** The score of each as an objective. */
const USUAL: Readonly<Record<RankedThing, string>> = {
  queries: 'used*(0.2*click + 0.3*cart + 0.5*purchase)',
  reviews: 'length*age*votes*language',
  shops: 'chance*lift',
  modules: 'rate*drawn*stage',
  signals: 'strength',
};
const CONTEXT: Readonly<Record<RankedThing, DecideContext>> = {
  queries: {},
  reviews: { listing: 'l0' },
  shops: {},
  modules: {},
  signals: { listing: 'l2' },
};
const MODULES = ['hero', 'shelf', 'banner', 'news'];

let made = 0;
const did = (type: BuyerEvent['type'], rest: Partial<BuyerEvent>): BuyerEvent => event(`t${made++}`, type, rest);

/** A market three months on, with something of every kind to rank. */
async function open(options: Partial<EngineOptions> = {}): Promise<TestEngine & { readonly log: MemoryLog }> {
  const log = new MemoryLog();
  const opened = await openMarket(log, options);
  const { engine, clock } = opened;
  const at = NOW + 90 * DAY;
  clock.set(millis(at));
  const searches = (query: string, people: number, then: 'click' | 'purchase', listing: string) =>
    Array.from({ length: people }, (_, i) => {
      const buyer = `${query}-${i}`;
      return [
        did('search', { query, buyer, at }),
        did(then, { buyer, listing, at, ...(then === 'purchase' && { order: buyer }) }),
      ];
    }).flat();
  await engine.ingest([
    ...searches('blue cup', 12, 'click', 'l0'),
    ...searches('red cup', 7, 'purchase', 'l1'),
    ...searches('blue scarf', 9, 'click', 'l3'),
    ...['bo', 'cy', 'di', 'ed'].map((buyer) => did('cart-add', { buyer, listing: 'l2', at })),
  ]);
  const text = 'A fine large cup with a handle that my whole hand fits through';
  await engine.save('listing', [{ ...LISTINGS[2]!, stock: { quantity: 1, at } }], 'test');
  await engine.save(
    'review',
    [
      { id: 'long', listing: 'l0', rating: 2, text, at },
      { id: 'same', listing: 'l0', rating: 3, text, at: at - DAY },
      { id: 'short', listing: 'l0', rating: 5, text: 'Lovely glaze', at },
      { id: 'old', listing: 'l0', rating: 4, text: 'Packed badly but whole', at: at - 300 * DAY },
    ],
    'test',
  );
  return { ...opened, log };
}

const placementOf = (ranks: RankedThing, rest: Partial<Placement> = {}): Placement => ({
  id: `of-${ranks}`,
  slots: 4,
  sources: [],
  ranks,
  ...(ranks === 'modules' && { modules: MODULES }),
  ...rest,
});

async function save({ engine }: TestEngine, kind: 'ranker' | 'placement', entity: Ranker | Placement): Promise<void> {
  const { rejected } = await engine.save(kind, [entity as never], 'test');
  if (rejected[0]) throw new Error(`${rejected[0].code}: ${rejected[0].message}`);
}

/** Declares the ranker and gives it to a placement. */
async function declare(
  opened: TestEngine,
  ranks: RankedThing,
  ranker: Partial<Ranker>,
  placement: Partial<Placement> = {},
) {
  await save(opened, 'ranker', { id: `by-${ranks}`, ranks, objective: USUAL[ranks], ...ranker });
  await save(opened, 'placement', placementOf(ranks, { ranker: `by-${ranks}`, ...placement }));
}

/** What is shown, and how it was scored; made again the same. */
async function shown({ engine }: TestEngine, ranks: RankedThing, buyer = 'ada') {
  const answer = engine.decide({ buyer, placements: [`of-${ranks}`], context: CONTEXT[ranks] });
  const { identical, placements } = await engine.explain(answer.decisionId);
  expect(identical).toBe(true);
  const { items, signals = [] } = answer.placements[0]!;
  const told = placements[0]!.things ?? [];
  const scores = items.map(({ id }) => told.find((thing) => thing.id === id)!.score);
  return { ids: ranks === 'signals' ? signals.map(({ signal }) => signal) : items.map(({ id }) => id), scores, told };
}

async function decidedIn(log: MemoryLog): Promise<readonly DecidedRecord[]> {
  const decided: DecidedRecord[] = [];
  for await (const { records } of log.read(0, 0))
    for (const record of records) if (record.kind === 'decision') decided.push(...record.placements);
  return decided;
}

describe('objectives', () => {
  test.each(['queries', 'shops', 'modules', 'signals'] as const)(
    'the score of %s can be written as one',
    async (ranks) => {
      const opened = await open();
      await save(opened, 'placement', placementOf(ranks));
      const usual = await shown(opened, ranks);
      expect(usual.ids.length).toBeGreaterThan(1);
      await declare(opened, ranks, {});
      const declared = await shown(opened, ranks);
      expect(declared.ids).toEqual(usual.ids);
      usual.scores.forEach((score, i) => {
        expect(declared.scores[i]).toBeCloseTo(score, 12);
      });
    },
  );

  test.each([
    ['queries', 'used*click', 'used*purchase', ['blue cup', 'blue scarf', 'red cup'], 'red cup'],
    ['reviews', 'rating', '-rating', ['short', 'old', 'same'], 'long'],
    ['shops', 'price', '-price', ['joiner', 'weaver', 'potter'], 'potter'],
    ['modules', 'configured', '-configured', MODULES, 'news'],
    ['signals', 'only_left + strength', 'in_carts + strength', ['only-left', 'in-carts'], 'in-carts'],
  ] as const)('%s by %s, or by %s', async (ranks, objective, other, order, first) => {
    const opened = await open();
    await declare(opened, ranks, { objective });
    expect((await shown(opened, ranks)).ids).toEqual(order);
    await save(opened, 'ranker', { id: `by-${ranks}`, ranks, objective: other });
    expect((await shown(opened, ranks)).ids[0]).toBe(first);
  });

  test('what shops are worth counts predicted actions of their listings, and a model that is named', async () => {
    const opened = await open();
    await declare(opened, 'shops', { objective: 'chance*purchase*price' });
    const { told } = await shown(opened, 'shops');
    for (const { score, factors } of told)
      expect(score).toBeCloseTo(factors['chance']! * factors['purchase']! * factors['price']!, 12);
    expect(told[0]!.why.map(({ words }) => words)).toContainEqual(
      expect.stringMatching(/^“price of its listings” [\d.]+, on average [\d.]+: value [+−] [\de.-]+$/),
    );
    await declare(opened, 'shops', {
      objective: 'chance',
      model: 'untrained',
      rules: [{ rule: 'exclude', where: { attribute: 'shop', in: ['weaver'] } }],
    });
    const held = await shown(opened, 'shops');
    expect(held.told.find(({ id }) => id === 'weaver')!.dropped).toBe('excluded-by-rule');
  });

  test('reviews that say the same are not shown after each other, whatever they are worth', async () => {
    const opened = await open();
    await declare(opened, 'reviews', { objective: 'votes', diversity: { strength: 0 } });
    const { ids, told } = await shown(opened, 'reviews');
    expect(ids).toEqual(['old', 'short', 'same']);
    expect(told.find(({ id }) => id === 'long')!.dropped).toBe('says-the-same');
  });

  test('queries are varied by their words', async () => {
    const opened = await open();
    const ids = async (strength: number) => {
      await declare(opened, 'queries', { objective: 'searches', diversity: { strength } });
      return (await shown(opened, 'queries')).ids;
    };
    expect(await ids(0)).toEqual(['blue cup', 'blue scarf', 'red cup']);
    expect(new Set(await ids(1))).toEqual(new Set(['blue cup', 'blue scarf', 'red cup']));
  });
});

describe('exploration', () => {
  test.each(['queries', 'reviews', 'shops', 'modules'] as const)(
    'of %s logs with what probability each was drawn, and nothing else is left to chance',
    async (ranks) => {
      const opened = await open();
      await declare(opened, ranks, { exploration: { method: 'plackett-luce', temperature: 0.5 } });
      const answers = 40;
      for (let i = 0; i < answers; i++)
        opened.engine.decide({ buyer: `b${i % 2}`, placements: [`of-${ranks}`], context: CONTEXT[ranks] });
      const { told } = await shown(opened, ranks);
      expect(told.find(({ shownAt }) => shownAt === 0)!.propensity).toBeGreaterThan(0);
      const logged = await decidedIn(opened.log);
      expect(logged).toHaveLength(answers + 1);
      // Of each thing that is ever first one probability, the share of the draws in which it is.
      const first = new Map<string, { propensity: number; times: number }>();
      for (const { things = [], propensities = [] } of logged) {
        expect(propensities).toHaveLength(things.length);
        for (const propensity of propensities) expect(propensity > 0 && propensity <= 1).toBe(true);
        const { id } = things[0]!;
        const known = first.get(id) ?? { propensity: propensities[0]!, times: 0 };
        expect(propensities[0]).toBeCloseTo(known.propensity, 12);
        first.set(id, { ...known, times: known.times + 1 });
      }
      expect(first.size).toBeGreaterThan(1);
      for (const { propensity, times } of first.values()) {
        const error = Math.sqrt((propensity * (1 - propensity)) / logged.length);
        expect(Math.abs(times / logged.length - propensity)).toBeLessThan(4 * error + 1e-9);
      }
    },
  );

  test('epsilon draws from all alike', async () => {
    const opened = await open();
    await declare(opened, 'modules', { objective: 'configured', exploration: { method: 'epsilon', epsilon: 0.4 } });
    const firsts: string[] = [];
    for (let i = 0; i < 60; i++) firsts.push((await shown(opened, 'modules', `b${i}`)).ids[0]!);
    const hero = firsts.filter((id) => id === 'hero').length / firsts.length;
    expect(Math.abs(hero - 0.7)).toBeLessThan(0.2);
    expect(new Set(firsts).size).toBe(4);
  });
});

test('shops whose latency budget has run out are ranked by what is cheap, and so are they again', async () => {
  let now = 0;
  const opened = await open({ stopwatch: () => now++ });
  await declare(opened, 'shops', {
    objective: 'price',
    latencyBudgetMs: 0,
    exploration: { method: 'epsilon', epsilon: 1 },
  });
  expect((await shown(opened, 'shops')).ids).toHaveLength(3);
  const [decided] = await decidedIn(opened.log);
  expect(decided).toMatchObject({ late: true });
  expect(decided!.propensities).toBeUndefined();
  expect(opened.engine.counters.placementsLate).toBe(1);
});

describe('refused are', () => {
  const listings: Ranker = { id: 'of-listings', objective: 'purchase' };

  test.each([
    ['queries', { objective: 'used*margin' }, '"margin" is none of used, value, click, cart, purchase, searches'],
    ['modules', { objective: '3' }, 'it must name at least one of rate, drawn, stage, configured'],
    ['queries', { sources: [{ source: 'popular', limit: 9 }] }, 'sources: a ranker of queries has none'],
    ['reviews', { rules: [{ rule: 'max-per-shop', max: 1 }] }, 'rules: a ranker of reviews has none'],
    ['reviews', { model: 'untrained' }, 'model: a ranker of reviews has none, for models score listings'],
    ['modules', { diversity: { strength: 1 } }, 'diversity: a ranker of modules has none'],
    ['signals', { exploration: { method: 'epsilon', epsilon: 0.1 } }, 'exploration: a ranker of signals has none'],
    ['queries', { latencyBudgetMs: 5 }, 'latencyBudgetMs: a ranker of queries has none'],
    ['queries', { diversity: { strength: 1, by: ['category'] } }, 'diversity.by: queries are compared by their words'],
    ['shops', { diversity: { strength: 1, by: ['shop'] } }, 'diversity.by: shops are compared by'],
    ['shops', { rules: [{ rule: 'pin', listing: 'l0', position: 0 }] }, 'rules: "pin" places listings'],
    ['shops', { defaults: { margin: 1 } }, 'defaults: a ranker of shops has none'],
    ['shops', { fallback: 'of-listings' }, 'fallback: "of-listings" ranks listings, this one shops'],
  ] as const)('a ranker of %s with %j', async (ranks, ranker, message) => {
    const opened = await openMarket();
    await save(opened, 'ranker', listings);
    await expect(declare(opened, ranks, ranker as Partial<Ranker>)).rejects.toThrow(message);
  });

  test('placements and variants that rank something else than their ranker, and models for what they do not score', async () => {
    const opened = await openMarket();
    await save(opened, 'ranker', listings);
    await save(opened, 'ranker', { id: 'by-modules', ranks: 'modules', objective: 'configured' });
    const place = (ranks: RankedThing, ranker: string) => save(opened, 'placement', placementOf(ranks, { ranker }));
    await expect(place('shops', 'of-listings')).rejects.toThrow(
      'ranks listings, but the placement shops: name a declared',
    );
    await expect(place('queries', 'by-modules')).rejects.toThrow('ranks modules, but the placement queries');
    await expect(place('reviews', 'untrained')).rejects.toThrow('is a model, which scores listings');
    await place('shops', 'untrained');
    const home: Placement = { id: 'shelf', slots: 3, sources: [{ source: 'popular', limit: 9 }] };
    await expect(save(opened, 'placement', { ...home, ranker: 'by-modules' })).rejects.toThrow(
      'the placement listings',
    );
    await save(opened, 'placement', placementOf('modules'));
    const variants = [{ name: 'a', weight: 1, changes: { 'of-modules': { ranker: 'of-listings' } } }];
    const { rejected } = await opened.engine.save('experiment', [{ id: 'x', unit: 'buyer', variants }], 'test');
    expect(rejected[0]!.message).toContain('variant a, placement of-modules: ranker: "of-listings" ranks listings');
    await place('modules', 'by-modules');
    const turned = save(opened, 'ranker', { id: 'by-modules', objective: 'click' });
    await expect(turned).rejects.toThrow('in-use: ranks: ranker "by-modules" ranks modules for placement "of-modules"');
  });
});
