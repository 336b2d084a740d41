/** What pages rank beside listings, through the whole engine: decided, told, explained, decided again, and learned from. */
import type { BuyerEvent, DecideContext, DecidedItem, Placement } from '@rialto/sdk';
import { describe, expect, test } from 'vitest';
import { millis } from '../base/units.ts';
import { decodeRecord, encodeRecord } from '../log/codec.ts';
import { DAY, event, NOW, openBare, openMarket } from './market.fixture.ts';

type Opened = Awaited<ReturnType<typeof openMarket>>;

const QUERIES: Placement = { id: 'suggestions', slots: 4, sources: [], ranks: 'queries' };

async function decided({ engine }: Opened, placement: string, context: DecideContext = {}, buyer = 'ada') {
  const answer = engine.decide({ buyer, placements: [placement], context });
  const [explained] = [await engine.explain(answer.decisionId)];
  expect(explained.identical).toBe(true);
  const { items } = answer.placements[0]!;
  expect(explained.placements[0]!.items).toEqual(items.map(({ kind, id, position }) => ({ kind, id, position })));
  expect(items.map(({ position }) => position)).toEqual(items.map((_, i) => i));
  return { items, ids: items.map(({ id }) => id), things: explained.placements[0]!.things! };
}

let events = 0;
const did = (type: BuyerEvent['type'], rest: Partial<BuyerEvent>): BuyerEvent => event(`e${events++}`, type, rest);
const tokenOf = ({ token }: DecidedItem) => ({ token });

describe('queries', () => {
  const searches = (query: string, people: number, clicked: string | undefined, rest: Partial<BuyerEvent> = {}) =>
    Array.from({ length: people }, (_, i) => {
      const buyer = `${query}-${i}`;
      const made = did('search', { query, buyer, ...rest });
      return clicked === undefined ? [made] : [made, did('click', { buyer, listing: clicked })];
    }).flat();

  test('are suggested once enough people made them and found something, in their language', async () => {
    const market = await openMarket();
    await market.engine.save('placement', [QUERIES], 'test');
    await market.engine.ingest([
      ...searches('Blue cup', 6, 'l0'),
      ...searches('blue secret', 4, 'l0'),
      ...searches('blue unicorn', 9, undefined),
      ...searches('blue zzz', 9, 'l0', { results: 0 }),
      ...searches('blauer Schal', 6, 'l3', { language: 'de' }),
      ...searches('xylophone', 8, 'l0'),
    ]);
    const typed = await decided(market, 'suggestions', { query: 'blu' });
    expect(typed.ids).toEqual(['blue cup']);
    const dropped = Object.fromEntries(typed.things.map(({ id, dropped }) => [id, dropped]));
    expect(dropped).toEqual({
      'blue cup': undefined,
      'blue secret': 'too-few-buyers',
      'blue unicorn': 'led-to-nothing',
    });
    expect((await decided(market, 'suggestions', { query: 'xyl' })).things[0]!.dropped).toBe('finds-nothing');
    const german = await decided(market, 'suggestions', { language: 'de-CH' });
    expect(german.things.map(({ id }) => id)).toEqual(['blauer schal']);
    const page = await decided(market, 'suggestions', { listing: 'l0' });
    expect(page.ids).toContain('blue cup');
    expect(page.things.find(({ id }) => id === 'blue cup')!.sources).toContain('page');
    await market.engine.close();
  });

  test('that are used when they are seen are told by their tokens', async () => {
    const market = await openMarket();
    await market.engine.save('placement', [QUERIES], 'test');
    await market.engine.ingest([...searches('red cup', 6, 'l3'), ...searches('blue cup', 6, 'l0')]);
    const { items } = await decided(market, 'suggestions');
    expect(items).toMatchObject([{ kind: 'query' }, { kind: 'query' }]);
    const last = items[1]!;
    const answer = await market.engine.ingest([
      ...Array.from({ length: 50 }, () => items.map((item) => did('impression', { ...rest, ...tokenOf(item) }))).flat(),
      ...Array.from({ length: 25 }, () => did('search', { ...rest, query: last.id.toUpperCase(), ...tokenOf(last) })),
      did('search', { ...rest, query: 'something else', ...tokenOf(items[0]!) }),
    ]);
    expect(answer.rejected).toEqual([]);
    expect((await decided(market, 'suggestions')).ids[0]).toBe(last.id);
    await market.engine.close();
  });

  const rest = { listing: undefined as never };

  test('an event without a listing needs the token of something that is none', async () => {
    const { engine } = await openMarket();
    const [shown] = engine.decide({ placements: ['home'], buyer: 'ada' }).placements[0]!.items;
    const bare = { id: 'bare', type: 'click', buyer: 'ada', token: shown!.token } as const;
    const { rejected } = await engine.ingest([bare, { ...bare, id: 'bad', token: 'x' }]);
    expect(rejected.map(({ reason }) => reason)).toEqual(['missing-listing', 'missing-listing']);
    await engine.close();
  });
});

describe('reviews', () => {
  const REVIEWS: Placement = { id: 'voices', slots: 2, sources: [], ranks: 'reviews' };

  test('of the page’s listing are those that tell most and different things, with what backs them up', async () => {
    const market = await openMarket();
    await market.engine.save('placement', [REVIEWS], 'test');
    const about = { listing: 'l0', at: NOW - DAY, rating: 5 };
    await market.engine.save(
      'review',
      [
        {
          ...about,
          id: 'grip',
          text: 'The handle is large and my whole hand fits through it easily, even with gloves.',
        },
        { ...about, id: 'grip-too', text: 'A large handle: my hand fits through it with gloves.', language: 'en' },
        { ...about, id: 'glaze', text: 'After a month of the dishwasher the blue glaze has gone dull.', rating: 2 },
        { ...about, id: 'deutsch', text: 'Sehr schöne Tasse, gut verpackt und schnell geliefert.', language: 'de' },
        { ...about, id: 'stars' },
        { ...about, id: 'mine', text: 'I am Ada and I like it very much indeed.', buyer: 'ada' },
        { ...about, id: 'elsewhere', listing: 'l1', text: 'Another cup altogether.' },
      ],
      'test',
    );
    const { items, things } = await decided(market, 'voices', { listing: 'l0' });
    expect(items.map(({ kind, id }) => [kind, id])).toEqual([
      ['review', 'grip'],
      ['review', 'glaze'],
    ]);
    expect(items[0]!.evidence).toEqual(['grip-too']);
    const why = Object.fromEntries(things.map(({ id, dropped }) => [id, dropped]));
    expect(why).toMatchObject({ 'grip-too': 'outranked', deutsch: 'outranked', stars: 'no-text', mine: 'own-review' });
    expect(Object.keys(why)).not.toContain('elsewhere');
    expect((await decided(market, 'voices', { listing: 'l0', language: 'de' })).ids).toContain('deutsch');
    await market.engine.save('review', [{ ...about, id: 'grip', listing: 'l1', text: 'Moved away.' }], 'test');
    expect((await decided(market, 'voices', { listing: 'l0' })).ids).not.toContain('grip');
    expect((await decided(market, 'voices', { listing: 'l1' })).ids).toContain('grip');
    for (const context of [{}, { listing: 'l8' }, { listing: 'nothing' }])
      expect((await decided(market, 'voices', context)).ids).toEqual([]);
    await market.engine.close();
  });
});

describe('shops', () => {
  const SHOPS: Placement = { id: 'shops', slots: 3, sources: [], ranks: 'shops' };
  const later = { at: NOW + 90 * DAY };

  test('are those whose listings suit the buyer, held to the rules, with listings that speak for them', async () => {
    const market = await openMarket();
    const rules = [{ rule: 'exclude', where: { attribute: 'shop', in: ['joiner'] } }] as const;
    await market.engine.save('placement', [SHOPS, { ...SHOPS, id: 'some', rules }], 'test');
    market.clock.set(millis(later.at));
    await market.engine.ingest([
      ...Array.from({ length: 12 }, (_, i) => did('purchase', { buyer: `b${i}`, listing: 'l7', order: `o${i}` })),
      ...Array.from({ length: 6 }, () => did('view', { buyer: 'ada', listing: 'l4' })),
      did('purchase', { buyer: 'ada', listing: 'l3', order: 'ada-1' }),
    ]);
    const ada = await decided(market, 'shops');
    expect(ada.items[0]).toMatchObject({ kind: 'shop', id: 'weaver' });
    expect(ada.items[0]!.evidence).toContain('l3');
    expect([...ada.ids].sort()).toEqual(['joiner', 'potter', 'weaver']);
    expect((await decided(market, 'shops', {}, 'somebody new')).ids[0]).toBe('joiner');
    const some = await decided(market, 'some');
    expect(some.ids).not.toContain('joiner');
    expect(some.things.find(({ id }) => id === 'joiner')!.dropped).toBe('excluded-by-rule');
    const page = await decided(market, 'shops', { listing: 'l4' });
    expect(page.things.find(({ id }) => id === 'weaver')!.dropped).toBe('context-shop');
    const [sold] = [market.engine.read('listing', 'l6')!];
    const gone = ['l6', 'l7', 'l8'].map((id) => ({ ...sold, id, shipsTo: ['JP'] }));
    await market.engine.save('listing', gone, 'test');
    const here = await decided(market, 'shops', { country: 'DE' });
    expect(here.things.find(({ id }) => id === 'joiner')!.dropped).toBe('nothing-to-show');
    await market.engine.close();
  });

  test('that are new get a chance, which they lose where nobody wants them', async () => {
    const market = await openMarket();
    const one: Placement = { ...SHOPS, slots: 1 };
    await market.engine.save('placement', [one], 'test');
    market.clock.set(millis(later.at));
    await market.engine.ingest(
      Array.from({ length: 300 }, (_, i) =>
        did('purchase', { buyer: `b${i}`, listing: `l${i % 9}`, order: `o${i}`, at: later.at }),
      ),
    );
    const fresh = { id: 'fresh', title: 'Woven basket', priceMicros: 4_000_000, shop: 'newcomer' };
    await market.engine.save('listing', [fresh], 'test');
    const buyers = Array.from({ length: 60 }, (_, i) => `visitor ${i}`);
    const shownTo = () =>
      buyers
        .map((buyer) => market.engine.decide({ buyer, placements: ['shops'] }).placements[0]!.items[0]!)
        .filter(({ id }) => id === 'newcomer');
    const first = shownTo();
    expect(first.length).toBeGreaterThan(3);
    const seen = Array.from({ length: 400 }, (_, i) =>
      did('impression', { listing: undefined as never, token: first[i % first.length]!.token }),
    );
    expect((await market.engine.ingest(seen)).rejected).toEqual([]);
    expect(shownTo().length).toBeLessThan(first.length / 2);
    await market.engine.close();
  });
});

describe('modules', () => {
  const modules = ['hero', 'suggestions', 'shelf'];
  const PAGE: Placement = { id: 'page', slots: 5, sources: [], ranks: 'modules', modules };

  test('may list each other: those of the page that are not ordered yet are not taken for empty', async () => {
    const { engine } = await openMarket();
    const outer: Placement = { ...PAGE, id: 'outer', modules: ['inner', 'hero'] };
    const inner: Placement = { ...PAGE, id: 'inner', modules: ['outer', 'banner'] };
    await engine.save('placement', [outer, inner], 'test');
    const shown = (placements: string[]) =>
      engine.decide({ placements, buyer: 'ada' }).placements.map(({ items }) => items.map(({ id }) => id).sort());
    const [ofOuter, ofInner] = [
      ['hero', 'inner'],
      ['banner', 'outer'],
    ];
    expect(shown(['outer'])).toEqual([ofOuter]);
    expect(shown(['outer', 'inner'])).toEqual([ofOuter, ofInner]);
    expect(shown(['inner', 'outer', 'outer'])).toEqual([ofInner, ofOuter, ofOuter]);
  });
  const SHELF: Placement = { id: 'shelf', slots: 3, sources: [{ source: 'popular', limit: 9 }] };

  async function openPage() {
    const market = await openMarket();
    await market.engine.save('placement', [QUERIES, SHELF, PAGE], 'test');
    return market;
  }

  test('without anything to show are left out, asked for with the page or not', async () => {
    const market = await openPage();
    const alone = await decided(market, 'page');
    expect([...alone.ids].sort()).toEqual(['hero', 'shelf']);
    expect(alone.things.find(({ id }) => id === 'suggestions')!.dropped).toBe('no-candidates');
    const whole = market.engine.decide({ buyer: 'ada', placements: ['page', 'shelf', 'suggestions'] });
    expect(whole.placements.map(({ placement }) => placement)).toEqual(['page', 'shelf', 'suggestions']);
    expect(whole.placements[0]!.items.map(({ id }) => id)).toEqual(alone.ids);
    expect(whole.placements[1]!.items.length).toBe(3);
    expect((await market.engine.explain(whole.decisionId)).identical).toBe(true);
    expect((await decided(market, 'page', {}, 'bob')).ids).toEqual((await decided(market, 'page', {}, 'bob')).ids);
    await market.engine.close();
  });

  test('that are used come first, for visitors of the stage that uses them', async () => {
    const market = await openPage();
    const report: BuyerEvent[] = [];
    for (let i = 0; i < 150; i++) {
      const buys = i % 2 === 0;
      const buyer = `v${i}`;
      if (buys) await market.engine.ingest([did('cart-add', { buyer, listing: 'l2' })]);
      const { items } = market.engine.decide({ buyer, placements: ['page'] }).placements[0]!;
      for (const item of items) {
        const made = { buyer, listing: undefined as never, token: item.token };
        report.push(did('impression', made));
        if (item.id === (buys ? 'shelf' : 'hero') && i % 6 < 4) report.push(did('click', made));
      }
    }
    expect((await market.engine.ingest(report)).rejected).toEqual([]);
    await market.engine.ingest([did('cart-add', { buyer: 'cart', listing: 'l2' })]);
    const buying = await decided(market, 'page', {}, 'cart');
    expect([buying.ids[0], buying.things[0]!.sources]).toEqual(['shelf', ['buying']]);
    const browsing = await decided(market, 'page', {}, 'nobody');
    expect([browsing.ids[0], browsing.things[0]!.sources]).toEqual(['hero', ['browsing']]);
    await market.engine.close();
  });

  test('are needed, and only of those that are named are tokens counted', async () => {
    const market = await openPage();
    const { items } = market.engine.decide({ buyer: 'ada', placements: ['page'] }).placements[0]!;
    await market.engine.save('placement', [{ ...PAGE, modules: ['other'] }], 'test');
    await market.engine.ingest(items.map((item) => did('click', { listing: undefined as never, token: item.token })));
    expect(market.engine.state.things.rateOf({ kind: 'module', placement: 'page', id: items[0]!.id })).toEqual({
      seen: 0,
      used: 0,
    });
    await market.engine.close();
  });
});

test('what is not sent to the buyer’s country is neither recommended, nor advertised, nor spoken of', async () => {
  const market = await openMarket();
  const { engine } = market;
  const cup = engine.read('listing', 'l0')!;
  const scarf = engine.read('listing', 'l4')!;
  await engine.save(
    'listing',
    [
      { ...cup, shipsTo: ['DE'] },
      { ...scarf, shipsTo: ['FR', 'DE'] },
    ],
    'test',
  );
  const shown = (context: DecideContext, buyer = 'ada') =>
    engine
      .decide({ buyer, placements: ['search'], context })
      .placements[0]!.items.map(({ kind, id }) => `${kind} ${id}`);
  const query = 'cup scarf';
  expect(shown({ query }).join()).toMatch(/ad l[01].*/);
  for (const [country, cups, scarves] of [
    ['DE', true, true],
    ['FR', false, true],
    ['Nowhere', false, false],
  ] as const) {
    const ids = shown({ query, country }).map((item) => item.split(' ')[1]);
    expect([ids.includes('l0'), ids.includes('l4')], country).toEqual([cups, scarves]);
  }
  const answer = engine.decide({ placements: ['search'], context: { query, country: 'US' } });
  const { placements, identical } = await engine.explain(answer.decisionId);
  expect(identical).toBe(true);
  expect(placements[0]!.candidates.find(({ id, kind }) => id === 'l4' && kind === 'listing')!.dropped).toEqual({
    stage: 'filter',
    reason: 'does-not-ship',
  });
  await engine.ingest([did('view', { buyer: 'bob', listing: 'l1', country: 'US' })]);
  expect(shown({ query }, 'bob').some((item) => item.endsWith('l4'))).toBe(false);
  await engine.close();
});

test('a market without anything answers with nothing', async () => {
  const market = await openBare();
  const empty = (ranks: 'reviews' | 'shops') => ({ id: ranks, slots: 3, sources: [], ranks }) as const;
  await market.engine.save('placement', [QUERIES, empty('reviews'), empty('shops')], 'test');
  for (const placement of ['reviews', 'shops']) expect((await decided(market, placement)).ids).toEqual([]);
  for (const context of [{}, { query: 'a' }, { listing: 'l0' }, { query: '…' }])
    expect((await decided(market, 'suggestions', context)).ids).toEqual([]);
  await market.engine.close();
});

test('what was shown is in the log as it was decided', () => {
  const record = {
    kind: 'decision',
    at: NOW,
    id: '0-x',
    stateOffset: 0,
    request: { placements: ['suggestions'] },
    placements: [
      {
        placement: 'suggestions',
        listings: [],
        campaigns: [],
        pricesMicros: [],
        things: [{ kind: 'query', id: 'blue cup', score: 0.25 }],
      },
    ],
  } as const;
  expect(decodeRecord(encodeRecord(record))).toEqual(record);
  const claims = { decisionId: '0-x', position: 1, listing: 'q', placement: 's', kind: 'query' } as const;
  const search = { id: 'e', type: 'search', at: NOW - DAY, query: 'q', language: 'de', results: 3 } as const;
  const made = { kind: 'event', at: millis(NOW), event: search, claims } as const;
  expect(decodeRecord(encodeRecord(made))).toEqual(made);
});

test('what is not sent to a country takes no places from what is', async () => {
  const { engine } = await openBare();
  const shelf: Placement = { id: 'shelf', slots: 20, sources: [{ source: 'popular', limit: 20 }] };
  const listings = Array.from({ length: 400 }, (_, i) => ({
    id: `l${i}`,
    title: `Thing ${i}`,
    priceMicros: 1_000_000,
    shipsTo: i < 10 ? ['IS', 'DE'] : ['DE'],
  }));
  await engine.save('placement', [shelf], 'test');
  await engine.save('listing', listings, 'test');
  const shown = (country: string) =>
    engine
      .decide({ placements: ['shelf'], context: { country } })
      .placements[0]!.items.map(({ id }) => Number(id.slice(1)));
  expect(shown('IS').sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(shown('DE')).toHaveLength(20);
  expect(shown('FR')).toEqual([]);
  await engine.close();
});
