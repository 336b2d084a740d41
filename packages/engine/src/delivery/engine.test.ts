/** Events and entities on their way in: what is counted once, refused, or left alone; and the disk that fails. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fingerprint } from '../base/snapshot.fixture.ts';
import { millis } from '../base/units.ts';
import { FEATURE_NAMES } from '../features/catalogue.ts';
import { CARTS, CLICKS, IMPRESSIONS, PURCHASES, VIEWS } from '../features/listing-counters.ts';
import { packAdditive, priorModel } from '../learning/additive-model.ts';
import { packModel } from '../learning/model-file.ts';
import { FailingDisk } from '../log/failing-disk.fixture.ts';
import { FileLog } from '../log/file-log.ts';
import { MemoryLog } from '../log/memory-log.ts';
import type { Engine } from './engine.ts';
import { CAMPAIGNS, DAY, event, LISTINGS, NOW, openBare, openMarket, purchase } from './market.fixture.ts';

const stateOf = ({ state }: Engine): string[] => fingerprint((out) => state.save(out));

describe('an event', () => {
  it('that comes twice, in one batch, at once or later, counts once', async () => {
    const { engine } = await openMarket();
    const one = event('e1', 'view');
    expect(await engine.ingest([one, one, event('e2', 'view')])).toEqual({ accepted: 2, duplicates: 1, rejected: [] });
    const together = await Promise.all([engine.ingest([event('e3', 'view')]), engine.ingest([event('e3', 'view')])]);
    expect(together.map(({ accepted }) => accepted)).toEqual([1, 0]);
    expect(await engine.ingest([one])).toEqual({ accepted: 0, duplicates: 1, rejected: [] });
    expect(engine.state.tally).toMatchObject({ events: 3, views: 3 });
    expect(engine.counters).toMatchObject({ eventsAccepted: 3, eventsDuplicate: 3 });
  });

  it('is a repeat even with other content, and after a restart', async () => {
    const { engine, log } = await openMarket();
    await engine.ingest([purchase('e1', 'l1')]);
    const reopened = (await openBare(log)).engine;
    expect(await reopened.ingest([purchase('e1', 'l2')])).toMatchObject({ accepted: 0, duplicates: 1 });
    expect(reopened.state.tally.orderLines).toBe(1);
  });

  it('of an unknown listing comes back by itself, the others of the batch stay', async () => {
    const { engine } = await openMarket();
    const answer = await engine.ingest([
      event('good', 'view'),
      event('bad', 'view', { listing: 'l99' }),
      event('found', 'search', { query: 'cup' }),
    ]);
    expect(answer).toMatchObject({ accepted: 2, duplicates: 0, rejected: [{ index: 1, id: 'bad' }] });
    expect(answer.rejected[0]).toMatchObject({ reason: 'unknown-listing' });
    expect(answer.rejected[0]!.message).toContain('"l99"');
    // A refused event is no event: it may be sent again once the listing is there.
    await engine.save('listing', [{ id: 'l99', title: 'New', priceMicros: 1 }], 'test');
    expect(await engine.ingest([event('bad', 'view', { listing: 'l99' })])).toMatchObject({ accepted: 1 });
  });

  it.each([
    ['now', 0, true],
    ['seven days ago', -7 * DAY, true],
    ['longer ago', -7 * DAY - 1, false],
    ['five minutes ahead', 300_000, true],
    ['further ahead', 300_001, false],
  ])('that happened %s may come: %s %s', async (_, offset, accepted) => {
    const { engine } = await openMarket();
    const answer = await engine.ingest([event('e1', 'view', { at: NOW + offset })]);
    expect(answer.accepted).toBe(accepted ? 1 : 0);
    if (!accepted) expect(answer.rejected[0]!.reason).toBe(offset < 0 ? 'too-old' : 'in-the-future');
  });

  it('of history may be of any age, and still not of the future', async () => {
    const { engine } = await openMarket();
    const history = [purchase('old', 'l1', { at: 0 }), purchase('future', 'l1', { at: NOW + DAY })];
    expect(await engine.ingest(history, { imported: true })).toMatchObject({
      accepted: 1,
      rejected: [{ id: 'future' }],
    });
  });

  it('of a purchase without a price counts at the price of the listing', async () => {
    const { engine } = await openMarket();
    const { priceMicros: _, ...bare } = purchase('e1', 'l4');
    await engine.ingest([{ ...bare, quantity: 3 }]);
    const { buyers } = engine.state.market;
    expect(buyers.spentMicros.data[buyers.keys.find('ada')]).toBe(3 * LISTINGS[4]!.priceMicros);
  });

  it('of a machine teaches nothing: no rate, no history, nobody who was there', async () => {
    const sent = async (bot: boolean) => {
      const { engine } = await openMarket();
      const machine = { buyer: 'crawler', country: 'DE', ...(bot && { bot }) };
      await engine.ingest([
        event('e1', 'impression', machine),
        event('e2', 'click', machine),
        event('e3', 'view', machine),
        event('e4', 'cart-add', machine),
        event('e5', 'hide', machine),
        purchase('e6', 'l1', machine),
        event('e7', 'search', { ...machine, query: 'cup' }),
      ]);
      const { tally, signals, market } = engine.state;
      const cells = ['l0', 'l1'].flatMap((id) =>
        [IMPRESSIONS, CLICKS, VIEWS, CARTS, PURCHASES].map((counter) =>
          signals.statistics.counters.get(market.listings.ids.find(id), counter),
        ),
      );
      return { events: tally.events, cells, buyers: market.buyers.size, pairs: market.interactions.size };
    };
    expect(await sent(true)).toEqual({ events: 7, cells: new Array(10).fill(0), buyers: 0, pairs: 0 });
    expect(await sent(false)).toEqual({ events: 7, cells: [1, 1, 2, 1, 0, 0, 0, 0, 0, 1], buyers: 1, pairs: 2 });
  });

  it('that stands in the log twice counts once', async () => {
    const { engine, log } = await openMarket();
    const record = { kind: 'event', at: NOW, event: { ...purchase('e1', 'l1'), at: NOW } } as const;
    await log.append([record, record]);
    expect(engine.state.tally).toMatchObject({ events: 1, orderLines: 1 });
  });

  // Ids are remembered in windows counted from 1970; a window of either length must not end too early.
  it.each([7 * DAY, 7 * DAY + 300_000])(
    'is a repeat for as long as it could come again (windows of %i ms)',
    async (window) => {
      const { engine, clock } = await openMarket();
      const edge = (Math.floor(NOW / window) + 1) * window - 1;
      clock.set(millis(edge));
      const ahead = event('e1', 'view', { at: edge + 300_000 });
      await engine.ingest([ahead]);
      for (const later of [1, DAY, 7 * DAY, 7 * DAY + 1, 7 * DAY + 300_000]) {
        clock.set(millis(edge + later));
        await engine.ingest([event(`other${later}`, 'view')]);
        expect(await engine.ingest([ahead])).toMatchObject({ accepted: 0, duplicates: 1 });
      }
      clock.set(millis(edge + 7 * DAY + 300_001));
      expect((await engine.ingest([ahead])).accepted).toBe(0);
      expect(engine.state.tally.views).toBe(6);
    },
  );
});

describe('a saved entity', () => {
  it('that is equal to the stored one makes no record', async () => {
    const { engine } = await openMarket();
    const { offset } = engine;
    expect(await engine.save('listing', LISTINGS, 'test')).toEqual({ saved: 0, unchanged: 9, rejected: [] });
    expect(await engine.save('campaign', CAMPAIGNS, 'test')).toMatchObject({ unchanged: 2 });
    expect(await engine.save('settings', [{ currency: 'USD', language: 'en' }], 'test')).toMatchObject({
      unchanged: 1,
    });
    expect(engine.offset).toBe(offset);
    const changed = [{ ...LISTINGS[0]!, title: 'Other' }, LISTINGS[1]!];
    expect(await engine.save('listing', changed, 'test')).toMatchObject({ saved: 1, unchanged: 1 });
    expect(engine.read('listing', 'l0')!.title).toBe('Other');
  });

  it('that comes several times in a batch ends as it came last', async () => {
    const { engine } = await openMarket();
    const other = { ...LISTINGS[0]!, title: 'Other' };
    expect(await engine.save('listing', [other, LISTINGS[0]!], 'test')).toMatchObject({ saved: 2, unchanged: 0 });
    expect(engine.read('listing', 'l0')).toEqual(LISTINGS[0]);
    expect(await engine.save('listing', [other, other], 'test')).toMatchObject({ saved: 1, unchanged: 1 });
  });

  it('ends as it was saved last when two saves are on their way at once', async () => {
    const { engine } = await openMarket();
    const other = { ...LISTINGS[0]!, title: 'Other' };
    const results = await Promise.all([
      engine.save('listing', [other], 'one'),
      engine.save('listing', [other], 'two'),
      engine.save('listing', [LISTINGS[0]!], 'three'),
    ]);
    expect(results.map(({ saved }) => saved)).toEqual([1, 0, 1]);
    expect(engine.read('listing', 'l0')).toEqual(LISTINGS[0]);
  });

  it.each([
    ['campaign', { ...CAMPAIGNS[0]!, id: 'new', shop: 'nobody' }, 'unknown-reference', '"nobody"'],
    ['campaign', { ...CAMPAIGNS[0]!, id: 'new', listings: ['l0', 'l99'] }, 'unknown-reference', '"l99"'],
    ['campaign', { ...CAMPAIGNS[0]!, id: 'new', listings: ['l4'] }, 'unknown-reference', '"weaver"'],
    ['review', { id: 'r', listing: 'l99', rating: 5 }, 'unknown-reference', '"l99"'],
    ['settings', { currency: 'EUR', language: 'en' }, 'currency-mismatch', 'USD'],
    ['placement', { id: 'p', slots: 2, adSlots: [2], sources: [] }, 'bad-request', 'ad slot 2'],
  ] as const)('is refused where what it names is wrong: %s %j', async (kind, entity, code, says) => {
    const { engine } = await openMarket();
    const { offset } = engine;
    const answer = await engine.save(kind, [entity as never], 'test');
    expect(answer).toMatchObject({ saved: 0, unchanged: 0, rejected: [{ index: 0, code }] });
    expect(answer.rejected[0]!.message).toContain(says);
    expect(engine.offset).toBe(offset);
  });

  it('takes effect on a rule that named it before it was there', async () => {
    const { engine } = await openMarket();
    const rules = [{ rule: 'exclude', where: { attribute: 'id', in: ['later'] } }] as const;
    await engine.save('placement', [{ id: 'p', slots: 3, sources: [{ source: 'popular', limit: 5 }], rules }], 'test');
    engine.decide({ placements: ['p'] });
    await engine.save('listing', [{ ...LISTINGS[0]!, id: 'later' }], 'test');
    const { decisionId, placements } = engine.decide({ placements: ['p'] });
    expect(placements[0]!.items.map(({ id }) => id)).not.toContain('later');
    expect((await engine.explain(decisionId)).identical).toBe(true);
  });
});

describe('a model', () => {
  const weights = (value: number) => {
    const model = priorModel(
      FEATURE_NAMES,
      FEATURE_NAMES.map(() => 1),
    );
    model.bias.fill(value);
    return packAdditive(model);
  };
  const bad = {
    'of other features': packAdditive(priorModel(['other'], [1])),
    'of another version': packModel({ kind: 'additive', version: 99, info: {}, arrays: {} }),
    'that is cut short': weights(3).subarray(0, 100),
    'with a weight that is no number': weights(Number.NaN),
  };

  it.each(Object.entries(bad))('%s is refused, and the one before stays', async (_, bytes) => {
    const { engine } = await openMarket();
    await engine.models.publish([{ name: 'ranker', bytes: weights(2), card: {}, by: 'test' }]);
    const { offset } = engine;
    await expect(engine.models.publish([{ name: 'ranker', bytes, card: {}, by: 'test' }])).rejects.toMatchObject({
      code: 'bad-model',
    });
    expect(engine.offset).toBe(offset);
    expect(engine.state.ranker.current.bias[0]).toBe(2);
  });

  it.each(Object.entries(bad))('%s that is in the log already leaves the one before', async (_, bytes) => {
    const { engine, log } = await openMarket();
    await engine.models.publish([{ name: 'ranker', bytes: weights(2), card: {}, by: 'test' }]);
    await log.append([{ kind: 'model', at: NOW, by: 'an older version', name: 'ranker', bytes, card: {} }]);
    expect(engine.state.ranker.current.bias[0]).toBe(2);
    expect(engine.state.tally).toMatchObject({ modelsServed: 1, modelsRefused: 1 });
    const reopened = (await openBare(log)).engine;
    expect(reopened.state.ranker.current.bias[0]).toBe(2);
  });

  it('of a name that nothing serves is refused', async () => {
    const { engine } = await openMarket();
    const model = { name: 'oracle', bytes: weights(1), card: {}, by: 'test' };
    await expect(engine.models.publish([model])).rejects.toMatchObject({ code: 'bad-model' });
  });
});

describe('a full disk', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'rialto-engine-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('refuses events and saves, leaves the state as it was, and goes on deciding', async () => {
    const disk = new FailingDisk();
    const { engine } = await openMarket(await FileLog.open(directory, { openFile: disk.open }));
    await engine.ingest([event('before', 'view')]);
    const before = stateOf(engine);
    disk.roomBytes = 0;
    await expect(engine.ingest([event('e1', 'view')])).rejects.toMatchObject({ code: 'log-full' });
    await expect(engine.save('listing', [{ ...LISTINGS[0]!, title: 'Other' }], 'test')).rejects.toMatchObject({
      code: 'log-full',
    });
    const { placements, decisionId } = engine.decide({ placements: ['home'], buyer: 'ada' });
    expect(placements[0]!.items.length).toBe(9);
    await expect(engine.explain(decisionId)).rejects.toMatchObject({ code: 'not-found' });
    expect(engine.counters.decisionsUnlogged).toBe(1);
    expect(stateOf(engine)).toEqual(before);

    disk.roomBytes = Number.POSITIVE_INFINITY;
    // What was refused was not kept: it is no repeat, and the same title is still a change.
    expect(await engine.ingest([event('e1', 'view')])).toMatchObject({ accepted: 1, duplicates: 0 });
    expect(await engine.save('listing', [{ ...LISTINGS[0]!, title: 'Other' }], 'test')).toMatchObject({ saved: 1 });
    const after = stateOf(engine);
    await engine.close();
    const reopened = (await openBare(await FileLog.open(directory))).engine;
    expect(stateOf(reopened)).toEqual(after);
    await reopened.close();
  });
});

describe('a decision', () => {
  it('changes nothing but the log, and of an unknown placement is refused', async () => {
    const { engine } = await openMarket();
    await engine.ingest([event('e1', 'view'), purchase('e2', 'l3'), event('e3', 'search', { query: 'cup' })]);
    const before = stateOf(engine);
    engine.decide({ placements: ['home', 'search'], buyer: 'ada', context: { query: 'cup', listing: 'l3' } });
    expect(stateOf(engine)).toEqual(before);
    expect(() => engine.decide({ placements: ['home', 'attic'] })).toThrow('"attic"');
    expect(engine.counters.decisions).toBe(1);
  });

  it('is explained as it was, whatever has happened since: ads, pins, search, several placements', async () => {
    const { engine } = await openMarket();
    const rules = [
      { rule: 'pin', listing: 'l8', position: 1 },
      { rule: 'boost', where: { attribute: 'category', in: ['Home > Textiles'] }, factor: 3 },
    ] as const;
    const sources = [
      { source: 'history', limit: 5 },
      { source: 'popular', limit: 20 },
    ] as const;
    await engine.save('placement', [{ id: 'mine', slots: 5, adSlots: [0, 3], sources, rules }], 'test');
    await engine.ingest([event('e1', 'view', { listing: 'l2' }), purchase('e2', 'l6'), purchase('e3', 'l6')]);
    const requests = [
      { placements: ['mine', 'home'], buyer: 'ada' },
      { placements: ['search'], context: { query: 'grün' }, session: 's1' },
      { placements: ['listing'], context: { listing: 'l6', cart: ['l1'] }, exclude: ['l2'] },
    ];
    const answers = requests.map((request) => engine.decide(request));
    await engine.ingest([purchase('e4', 'l0'), event('e5', 'hide', { listing: 'l6' })]);
    await engine.save('campaign', [{ ...CAMPAIGNS[0]!, status: 'paused' }], 'test');
    await engine.save('listing', [{ ...LISTINGS[6]!, availability: 'removed' }], 'test');
    for (const [i, answer] of answers.entries()) {
      const explanation = await engine.explain(answer.decisionId);
      expect(explanation).toMatchObject({ identical: true, decisionId: answer.decisionId, request: requests[i] });
      expect(explanation.placements.map(({ items }) => items)).toEqual(
        answer.placements.map(({ items }) => items.map(({ kind, id, position }) => ({ kind, id, position }))),
      );
    }
    expect(answers[0]!.placements[0]!.items.map(({ kind }) => kind)).toContain('ad');
    expect(answers[1]!.placements[0]!.items.length).toBeGreaterThan(0);
  });

  it('that is unknown is not found, whatever its id looks like', async () => {
    const { engine } = await openMarket();
    const { decisionId } = engine.decide({ placements: ['home'] });
    for (const id of [
      '',
      'x',
      '-',
      'zzzzzzzzzzz-n0',
      'zzzzzzzzzzzzzz-n0',
      '0-n0',
      `${decisionId}x`,
      '../etc',
      '\u0000-a',
    ])
      await expect(engine.explain(id)).rejects.toMatchObject({ code: 'not-found' });
    expect((await engine.explain(decisionId)).identical).toBe(true);
  });

  it('is not the same to the debugger when its record says otherwise', async () => {
    const log = new MemoryLog();
    const { engine } = await openMarket(log);
    engine.decide({ placements: ['home'] });
    await engine.save('shop', [{ id: 'flush', name: 'flush' }], 'test');
    for await (const { records } of log.read(0, 0)) {
      const record = records.find(({ kind }) => kind === 'decision');
      if (record?.kind !== 'decision') continue;
      const [placement] = record.placements;
      const listings = placement!.listings.toReversed();
      await log.append([{ ...record, id: `${record.id}-other`, placements: [{ ...placement!, listings }] }]);
      expect((await engine.explain(`${record.id}-other`)).identical).toBe(false);
      expect((await engine.explain(record.id)).identical).toBe(true);
    }
    expect.assertions(2);
  });
});
