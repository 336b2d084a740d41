import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { DirectoryLock } from '../log/directory-lock.ts';
import { MemoryLog } from '../log/memory-log.ts';
import { arbitraryRecord, numberedEvents } from '../log/record.fixture.ts';
import type { EventRecord, LogRecord } from '../log/record.ts';
import { ask, everything, logOf, makeShore } from './lake.fixture.ts';
import { LAKE_TABLES, TABLE_NAMES } from './lake-tables.ts';
import { refreshLake } from './refresh-lake.ts';

const shore = makeShore();
afterAll(() => shore.remove());

const DAY = Date.UTC(2026, 0, 5);
const saved = (at: number, by: string, kind: string, entity: object): LogRecord =>
  ({ kind, at: DAY + at, by, entity }) as unknown as LogRecord;

const click: EventRecord = {
  kind: 'event',
  at: DAY + 5,
  event: { id: 'e1', type: 'click', at: DAY + 4, buyer: 'Zoë 😀', listing: 'l1', country: 'DE' },
  claims: {
    decisionId: '0-a',
    position: 2,
    listing: 'l1',
    placement: 'home',
    campaign: 'c1',
    priceMicros: 250_000,
    expiresAt: DAY + 1000,
  },
};

const SMALL: LogRecord[] = [
  saved(0, 'rialto', 'placement', {
    id: 'home',
    slots: 3,
    adSlots: [0, 2],
    sources: [{ source: 'popular', limit: 9 }],
  }),
  saved(1, 'import', 'shop', { id: 's1', name: "Ann's", country: 'GB' }),
  saved(1, 'import', 'listing', {
    id: 'l1',
    title: 'Tasse "blau"',
    priceMicros: 9_007_199_254_740_991,
    shop: 's1',
    tags: ['a,b', ''],
    attributes: { colour: 'blue' },
  }),
  saved(2, 'ops', 'campaign', {
    id: 'c1',
    shop: 's1',
    listings: ['l1'],
    bidMicros: 1,
    dailyBudgetMicros: 400_000,
    endsAt: DAY + 9,
  }),
  saved(3, 'ann', 'review', { id: 'r1', listing: 'l1', rating: 4.5, at: DAY - 1 }),
  saved(3, 'ann', 'settings', { currency: 'GBP', language: 'en' }),
  {
    kind: 'decision',
    at: DAY + 3,
    id: '0-a',
    stateOffset: 6,
    request: {
      buyer: 'b',
      placements: ['home'],
      context: { cart: ['l9'], device: 'ios', region: 'BE', audiences: ['gifts'] },
      exclude: [],
    },
    placements: [{ placement: 'home', listings: ['l1', 'l2'], campaigns: ['c1', ''], pricesMicros: [250_000, 0] }],
  },
  click,
  { ...click, event: { ...click.event, id: 'e2', buyer: 'Bo' }, claims: { ...click.claims!, position: 0 } },
  { kind: 'model', at: DAY + 6, by: 'train', name: 'ranker', bytes: new Uint8Array(17), card: { auc: 0.75 } },
  saved(7, 'bob', 'listing', { id: 'l1', title: 'Tasse', priceMicros: 5 }),
];

describe('what the tables say', () => {
  test('a row of each', async () => {
    const directory = shore.lake();
    const result = await refreshLake(await logOf(SMALL), directory);
    expect(result).toMatchObject({ from: 0, end: SMALL.length, interrupted: false });
    const tables = await everything(directory);
    for (const name of TABLE_NAMES) expect(result.tables[name].rows, name).toBe(tables[name]!.length);
    const at = (millis: number) => new Date(DAY + millis).toISOString();
    expect(tables['events']![0]).toEqual({
      ...Object.fromEntries(LAKE_TABLES.events.columns.map(({ name }) => [name, null])),
      log_offset: 7,
      event_id: 'e1',
      type: 'click',
      happened_at: at(4),
      received_at: at(5),
      buyer: 'Zoë 😀',
      listing: 'l1',
      country: 'DE',
      imported: false,
      forged: false,
      decision_id: '0-a',
      shown_placement: 'home',
      shown_listing: 'l1',
      position: 2,
      campaign: 'c1',
      click_price_micros: 250_000,
      token_expires_at: at(1000),
      bot: false,
      billing: 'click',
    });
    expect(tables['decisions']).toMatchObject([
      {
        log_offset: 6,
        decided_at: at(3),
        placements: ['home'],
        cart: ['l9'],
        excluded: [],
        device: 'ios',
        region: 'BE',
        audiences: ['gifts'],
        session: null,
        items: 2,
        ads: 1,
      },
    ]);
    expect(tables['decision_items']).toMatchObject([
      { placement: 'home', position: 0, kind: 'ad', listing: 'l1', campaign: 'c1', price_micros: 250_000 },
      { placement: 'home', position: 1, kind: 'listing', listing: 'l2', campaign: null, price_micros: null },
    ]);
    expect(tables['charges']).toMatchObject([
      {
        log_offset: 7,
        charged_at: at(5),
        day: '2026-01-05',
        shop: 's1',
        charged_micros: 250_000,
        over_delivered_micros: 0,
        outcome: 'charged',
      },
      {
        log_offset: 8,
        event_id: 'e2',
        position: 0,
        price_micros: 250_000,
        charged_micros: 150_000,
        over_delivered_micros: 100_000,
      },
    ]);
    expect(tables['models']).toMatchObject([
      { name: 'ranker', published_by: 'train', model_bytes: 17, card: { auc: 0.75 } },
    ]);
    expect(tables['listings']).toMatchObject([
      { id: 'l1', log_offset: 10, changed_by: 'bob', title: 'Tasse', price_micros: 5, tags: null },
    ]);
    expect(
      tables['entity_changes']!.filter(({ id }) => id === 'l1').map(({ changed_by, entity }) => [changed_by, entity]),
    ).toEqual([
      ['import', (SMALL[2] as { entity: object }).entity],
      ['bob', { id: 'l1', title: 'Tasse', priceMicros: 5 }],
    ]);
    expect(tables['campaigns']).toMatchObject([
      { id: 'c1', listings: ['l1'], daily_budget_micros: 400_000, starts_at: null, ends_at: at(9) },
    ]);
    expect(tables['placements']).toMatchObject([
      { slots: 3, ad_slots: [0, 2], sources: [{ source: 'popular', limit: 9 }], rules: null },
    ]);
    expect(tables['reviews']).toMatchObject([{ rating: 4.5, written_at: at(-1), text: null }]);
    expect(tables['shops']).toMatchObject([{ name: "Ann's", country: 'GB' }]);
    expect(tables['settings']).toMatchObject([{ log_offset: 5, currency: 'GBP', language: 'en' }]);
  });

  test('an order line is worth what its listing cost then, whatever that costs now', async () => {
    const listing = (at: number, priceMicros: number) =>
      saved(at, 'x', 'listing', { id: 'l1', title: 'cup', priceMicros });
    const bought = (id: string, at: number, more: object): LogRecord => ({
      kind: 'event',
      at: DAY + at,
      event: { id, type: 'purchase', at: DAY + at, buyer: 'b', order: id, listing: 'l1', ...more },
    });
    const directory = shore.lake();
    const records = [
      listing(0, 5_000_000),
      bought('o1', 1, { quantity: 2 }),
      listing(2, 9_000_000),
      bought('o2', 3, { priceMicros: 3_000_000 }),
      bought('o3', 4, {}),
      bought('o4', 5, { bot: true }),
    ];
    await refreshLake(await logOf(records), directory);
    const rows = await ask(directory, 'SELECT value_micros FROM events ORDER BY log_offset');
    expect(rows.map(({ value_micros }) => value_micros)).toEqual([10_000_000, 3_000_000, 9_000_000, null]);
  });

  test('money beyond 2^53 in sums, maps, and texts that no UTF-8 carries', async () => {
    const odd = {
      id: 'l2',
      title: 'half \ud83d, not \\ud83d, whole 😀, nul \0',
      priceMicros: 9_007_199_254_740_991,
      attributes: { "it's": 'x' },
    };
    const directory = shore.lake();
    await refreshLake(await logOf([...SMALL.slice(0, 3), saved(9, 'x', 'listing', odd)]), directory);
    const rows = await ask(
      directory,
      `SELECT sum(price_micros) AS total, any_value(attributes['it''s']) AS own FROM listings`,
    );
    expect(rows).toEqual([{ total: 18_014_398_509_481_982n, own: 'x' }]);
    const titles = await ask(directory, `SELECT title FROM listings WHERE id = 'l2'`);
    expect(titles).toEqual([{ title: 'half \ufffd, not \\ud83d, whole 😀, nul \0' }]);
  });

  test('an empty log gives empty tables with their columns', async () => {
    const directory = shore.lake();
    await refreshLake(new MemoryLog(), directory);
    for (const [name, rows] of Object.entries(await everything(directory))) expect(rows, name).toEqual([]);
    const described = await ask(directory, 'DESCRIBE events');
    const columns = LAKE_TABLES.events.columns.map(({ name, type }) => ({ column_name: name, column_type: type }));
    expect(described).toMatchObject(columns);
  });

  test('files hold the documented types', async () => {
    const directory = shore.lake();
    await refreshLake(await logOf(SMALL), directory);
    for (const name of TABLE_NAMES) {
      const columns = LAKE_TABLES[name].columns.map((column) => ({
        column_name: column.name,
        column_type: column.type,
      }));
      expect(await ask(directory, `DESCRIBE ${name}`), name).toMatchObject(columns);
    }
  });

  test("the machine's time zone moves nothing", async () => {
    const before = process.env['TZ'];
    process.env['TZ'] = 'Asia/Kolkata';
    try {
      expect(new Date(DAY).getHours()).toBe(5); // it is in force
      const directory = shore.lake();
      await refreshLake(await logOf(SMALL), directory);
      const rows = await ask(
        directory,
        `SELECT epoch_ms(happened_at) AS ms, happened_at::VARCHAR AS text, current_setting('TimeZone') AS zone FROM events LIMIT 1`,
      );
      expect(rows).toEqual([{ ms: DAY + 4, text: '2026-01-05 00:00:00.004', zone: 'UTC' }]);
    } finally {
      if (before === undefined) delete process.env['TZ'];
      else process.env['TZ'] = before;
    }
  });
});

describe('growing', () => {
  const history = fc.array(arbitraryRecord, { maxLength: 60 });

  test('in steps and batches of any size is the same as at once', async () => {
    await fc.assert(
      fc.asyncProperty(
        history,
        fc.array(fc.nat(60), { maxLength: 4 }),
        fc.integer({ min: 1, max: 40 }),
        async (records, cuts, batchWeight) => {
          const steps = [...cuts.filter((cut) => cut < records.length).sort((a, b) => a - b), records.length];
          const [growing, whole] = [shore.lake(), shore.lake()];
          const log = new MemoryLog();
          for (const [i, step] of steps.entries()) {
            await log.append(records.slice(steps[i - 1] ?? 0, step));
            expect((await refreshLake(log, growing, { batchWeight })).end).toBe(step);
          }
          await refreshLake(log, whole);
          const tables = await everything(growing);
          expect(tables).toEqual(await everything(whole));
          expectSaid(tables, records);
          rmSync(growing, { recursive: true });
          rmSync(whole, { recursive: true });
        },
      ),
      { numRuns: 25, seed: 20260105 },
    );
  });

  /** Every record is there once, in order, as it was. */
  function expectSaid(tables: Awaited<ReturnType<typeof everything>>, records: readonly LogRecord[]): void {
    const offsets = (name: string) => tables[name]!.map((row) => row['log_offset']);
    const of = (kind: string) => records.flatMap((record, i) => (record.kind === kind ? [i] : []));
    expect(offsets('events')).toEqual(of('event'));
    expect(offsets('decisions')).toEqual(of('decision'));
    expect(offsets('models')).toEqual(of('model'));
    expect(offsets('entity_changes')).toEqual(of('listing'));
    for (const row of tables['events']!) {
      const { event } = records[Number(row['log_offset'])] as EventRecord;
      expect([row['event_id'], row['buyer'], row['query']]).toEqual([
        event.id,
        event.buyer ?? null,
        event.query ?? null,
      ]);
      expect([row['happened_at'], Number(row['price_micros'] ?? -1)]).toEqual([
        new Date(event.at).toISOString(),
        event.priceMicros ?? -1,
      ]);
    }
    for (const row of tables['entity_changes']!)
      expect(row['entity']).toEqual((records[Number(row['log_offset'])] as { entity: object }).entity);
    const shown = records.flatMap((record) =>
      record.kind === 'decision'
        ? record.placements.flatMap(({ listings, things = [] }) => [
            ...listings.map((listing) => ({ listing, thing: null })),
            ...things.map(({ id }) => ({ listing: null, thing: id })),
          ])
        : [],
    );
    expect(tables['decision_items']!.map(({ listing, thing }) => ({ listing, thing }))).toEqual(shown);
    const newest = new Map(
      records.flatMap((record) => (record.kind === 'listing' ? [[record.entity.id, record.entity]] : [])),
    );
    expect(new Set(tables['listings']!.map(({ id }) => id))).toEqual(new Set(newest.keys()));
    for (const row of tables['listings']!) expect(row['title']).toBe(newest.get(String(row['id']))!.title);
  }

  test('with nothing new touches no file', async () => {
    const directory = shore.lake();
    const log = await logOf(SMALL);
    await refreshLake(log, directory);
    const before = files(directory);
    expect(await refreshLake(log, directory)).toMatchObject({ from: SMALL.length, end: SMALL.length });
    expect(files(directory)).toEqual(before);
  });

  test('the number of files grows with the logarithm of the refreshes', async () => {
    const directory = shore.lake();
    const log = new MemoryLog();
    for (let i = 0; i < 40; i++) {
      await log.append(numberedEvents(10 * i, 10 * i + 10));
      await refreshLake(log, directory);
    }
    const { tables } = await refreshLake(log, directory);
    expect(tables.events.files).toBeLessThanOrEqual(7);
    const rows = await ask(directory, 'SELECT count(*) AS n, count(DISTINCT event_id) AS ids FROM events');
    expect(rows).toEqual([{ n: 400, ids: 400 }]);
  });

  test('stops where it is told to, and goes on from there', async () => {
    const directory = shore.lake();
    const log = await logOf(numberedEvents(0, 10_000));
    const stop = new AbortController();
    const stopped = await refreshLake(log, directory, {
      batchWeight: 100,
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    expect(stopped).toMatchObject({ from: 0, interrupted: true });
    expect(stopped.end).toBeGreaterThan(0);
    expect(await refreshLake(log, directory)).toMatchObject({ from: stopped.end, end: 10_000, interrupted: false });
    expect(await ask(directory, 'SELECT count(DISTINCT event_id) AS n FROM events')).toEqual([{ n: 10_000 }]);
  });
});

describe('what may go wrong', () => {
  test('a crash before the manifest leaves the lake as it was, and the next run mends it', async () => {
    const directory = shore.lake();
    const log = await logOf(SMALL.slice(0, 8));
    await refreshLake(log, directory);
    const before = await everything(directory);
    const manifest = readFileSync(join(directory, 'manifest.json'));
    await log.append(SMALL.slice(8));
    await refreshLake(log, directory);
    const after = await everything(directory);
    // As if the process had died with all files written but the manifest, and one more half.
    writeFileSync(join(directory, 'manifest.json'), manifest);
    writeFileSync(join(directory, 'events', 'part-7-9.parquet.unfinished'), 'PAR1');
    writeFileSync(join(directory, 'manifest.json.0000.unfinished'), '{');
    cpSync(join(directory, 'shops'), join(directory, 'spill'), { recursive: true });
    expect(await everything(directory)).toEqual(before);
    await refreshLake(log, directory);
    expect(await everything(directory)).toEqual(after);
    await log.append(numberedEvents(0, 1));
    await refreshLake(log, directory);
    const named = (
      JSON.stringify(JSON.parse(readFileSync(join(directory, 'manifest.json'), 'utf8'))).match(
        /[a-z_]+\/[^"]+\.parquet/g,
      ) ?? []
    ).sort();
    const there = files(directory).map(({ name }) => name);
    expect(there.filter((name) => name.includes('unfinished') || name.includes('spill'))).toEqual([]);
    expect(there).toEqual(expect.arrayContaining(named));
    expect(there.filter((name) => name.endsWith('.parquet')).length).toBeLessThanOrEqual(named.length + 2); // those of the lake before
  });

  test('a missing file, and a log that lost its tail, are noticed', async () => {
    const directory = shore.lake();
    const log = await logOf(SMALL);
    await refreshLake(log, directory);
    const [part] = readdirSync(join(directory, 'events'));
    rmSync(join(directory, 'events', part!));
    expect((await refreshLake(log, directory)).rebuilt).toContain(`events/${part} is missing`);
    const other = await logOf([...SMALL.slice(0, -1), ...numberedEvents(0, 3)]);
    expect((await refreshLake(other, directory)).rebuilt).toContain('the log is another one');
    // The last record alone would not tell.
    const before = [...numberedEvents(0, 1), ...SMALL.slice(1)];
    await refreshLake(other, directory);
    await refreshLake(log, directory);
    expect((await refreshLake(await logOf(before), directory)).rebuilt).toContain('the log is another one');
    const shorter = await logOf(SMALL.slice(0, 3));
    expect(await refreshLake(shorter, directory)).toMatchObject({
      from: 0,
      end: 3,
      rebuilt: expect.stringContaining('another'),
    });
    expect(Object.values(await everything(directory)).flat()).toHaveLength(6);
  });

  test('two at once: the second is refused', async () => {
    const directory = shore.lake();
    await refreshLake(await logOf(SMALL), directory);
    const lock = await DirectoryLock.acquire(directory);
    await expect(refreshLake(await logOf(SMALL), directory)).rejects.toMatchObject({ code: 'data-locked' });
    lock.release();
    expect(existsSync(join(directory, 'spill'))).toBe(false);
  });
});

function files(directory: string): { name: string; size: number; changed: number }[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => ({ name, stat: statSync(join(directory, name)) }))
    .filter(({ stat }) => stat.isFile())
    .map(({ name, stat }) => ({ name, size: stat.size, changed: stat.mtimeMs }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
