/**
 * People who mean harm, over real HTTP and a real log: tokens forged, replayed and moved, clocks that jump, connections that
 * are opened and left, bodies that are made to hurt, ids that nobody expects. Nothing may bill that should not, nothing may
 * take the server down, and what was kept must start again.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { BuyerEvent, DecidedItem, DecideResponse, EventsResponse } from '@rialto/sdk';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AdClaims, signToken, verifyToken } from '../src/ads/token.ts';
import { ManualClock } from '../src/base/clock.ts';
import { Rng } from '../src/base/rng.ts';
import { fingerprint } from '../src/base/snapshot.fixture.ts';
import { MILLIS_PER_DAY, millis } from '../src/base/units.ts';
import { logDirectory, openEngine } from '../src/delivery/data-directory.ts';
import type { Engine } from '../src/delivery/engine.ts';
import type { State } from '../src/delivery/state.ts';
import { FileLog } from '../src/log/file-log.ts';
import type { LogRecord } from '../src/log/record.ts';
import { type RunningServer, startServer } from '../src/server/listen.ts';
import { chargesOf, EVERY_CLICK, ledgerCharges } from './charges.ts';

const NOON = Date.UTC(2026, 4, 20, 12);
const YEAR = 365 * MILLIS_PER_DAY;
const BODY_LIMIT = 1 << 20;

let directory: string;
let clock: ManualClock;
let engine: Engine;
let server: RunningServer;
let nextId = 0;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rialto-attack-'));
  clock = new ManualClock(millis(NOON));
  await open();
  await put('settings', EVERY_CLICK);
  for (const shop of ['potter', 'weaver', 'joiner']) await put(`shops/${shop}`, { name: shop });
  for (let i = 0; i < 12; i++)
    await put(`listings/l${i}`, {
      title: `Listing ${i}`,
      priceMicros: 5_000_000,
      shop: ['potter', 'weaver', 'joiner'][i % 3],
    });
  await put('campaigns/spring', campaign('potter', ['l0', 'l3'], 500_000));
  await put('campaigns/autumn', campaign('weaver', ['l1', 'l4'], 400_000));
  await put('campaigns/winter', campaign('joiner', ['l2', 'l5'], 300_000));
  const sources = [{ source: 'popular', limit: 100 }];
  for (const id of ['first', 'second']) await put(`placements/${id}`, { slots: 4, adSlots: [0], sources });
});

afterEach(async () => {
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  await server.stop();
  await rm(directory, { recursive: true, force: true });
});

const campaign = (shop: string, listings: string[], bidMicros: number, dailyBudgetMicros = 5_000_000) => ({
  shop,
  listings,
  bidMicros,
  dailyBudgetMicros,
});

async function open(): Promise<void> {
  engine = await openEngine(directory, { clock });
  server = await startServer(engine, { port: 0, bodyLimitBytes: BODY_LIMIT, stopTimeoutMs: 500 });
}

async function restart(): Promise<void> {
  await server.stop();
  await open();
}

interface Answer<T> {
  readonly status: number;
  readonly body: T;
}

async function call<T>(method: string, path: string, body?: unknown): Promise<Answer<T>> {
  const response = await fetch(server.url + path, {
    method,
    ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as T };
}

async function put(path: string, body: object): Promise<void> {
  const { status, body: answer } = await call('PUT', `/v1/${path}`, body);
  expect(status, JSON.stringify(answer)).toBe(200);
}

const send = async (events: readonly BuyerEvent[]): Promise<EventsResponse> => {
  const { status, body } = await call<EventsResponse>('POST', '/v1/events', { events });
  expect(status).toBe(200);
  return body;
};

async function decide(placements = ['first']): Promise<DecideResponse> {
  const { status, body } = await call<DecideResponse>('POST', '/v1/decide', { buyer: 'eve', placements });
  expect(status).toBe(200);
  return body;
}

const adsOf = (response: DecideResponse): DecidedItem[] =>
  response.placements.flatMap(({ items }) => items.filter(({ kind }) => kind === 'ad'));

async function showAd(): Promise<DecidedItem> {
  const [ad] = adsOf(await decide());
  expect(ad).toBeDefined();
  return ad!;
}

const clickOn = ({ id, token }: Pick<DecidedItem, 'id' | 'token'>): BuyerEvent => ({
  id: `click-${nextId++}`,
  type: 'click',
  buyer: 'eve',
  listing: id,
  token,
});

const secret = async (): Promise<Buffer> => Buffer.from(await readFile(join(directory, 'secret'), 'utf8'), 'base64url');
const claimsOf = async ({ token }: DecidedItem): Promise<AdClaims> => verifyToken(token, await secret()) as AdClaims;
const charged = (): number => engine.state.ledger.totals.chargedMicros;

async function readLog(): Promise<LogRecord[]> {
  const log = await FileLog.open(logDirectory(directory), { readOnly: true });
  const records: LogRecord[] = [];
  for await (const batch of log.read(0, 0)) records.push(...batch.records);
  return records;
}

const stateOf = ({ state }: { state: State }): string[] => fingerprint((out) => state.save(out));

/** The ledger says what the log implies, and a start from the log gives the same state. */
async function expectConsistent(): Promise<void> {
  expect(ledgerCharges(engine.state)).toEqual(chargesOf(await readLog()));
  const before = stateOf(engine);
  await restart();
  expect(stateOf(engine)).toEqual(before);
}

describe('a token', () => {
  test('with any one bit flipped, cut anywhere or spelled otherwise bills nothing; the good one still does', async () => {
    const ad = await showAd();
    const bytes = Buffer.from(ad.token, 'base64url');
    const forged: string[] = [];
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      forged.push(flipped.toString('base64url'));
    }
    for (let length = 0; length < bytes.length; length++) forged.push(bytes.toString('base64url', 0, length));
    forged.push(`${ad.token}=`, ` ${ad.token}`, `${ad.token}AA`, bytes.toString('base64').replace(/[^=]$/, '$&='));
    expect(forged.length).toBeGreaterThan(400);
    for (let i = 0; i < forged.length; i += 1000)
      await send(forged.slice(i, i + 1000).map((token) => clickOn({ ...ad, token })));
    expect(charged()).toBe(0);
    expect(engine.state.tally).toMatchObject({ tokensForged: forged.length, adClicks: 0 });
    await send([clickOn(ad)]);
    expect(charged()).toBe((await claimsOf(ad)).priceMicros);
    await expectConsistent();
  });

  test('made up by somebody without the key bills nothing, whatever it claims', async () => {
    const ad = await showAd();
    const claims = await claimsOf(ad);
    const stranger = Buffer.alloc(32, 1);
    const tokens = [1, 0, 2 ** 53 - 1].flatMap((priceMicros) =>
      ['spring', 'autumn', 'nobody'].map((name) => signToken({ ...claims, priceMicros, campaign: name }, stranger)),
    );
    // Numbers that no token of ours can hold: a price of 10 bytes of ones, and one cut in the middle.
    const raw = Buffer.from(ad.token, 'base64url');
    for (const filler of [0xff, 0x80, 0x7f])
      tokens.push(
        Buffer.concat([raw.subarray(0, -16), Buffer.alloc(10, filler), raw.subarray(-16)]).toString('base64url'),
      );
    await send(tokens.map((token) => clickOn({ ...ad, token })));
    expect(charged()).toBe(0);
    expect(engine.state.tally.tokensForged).toBe(tokens.length);
  });

  test('carried over to another listing bills nothing; a placement that the event names changes nothing', async () => {
    const [first, second] = adsOf(await decide(['first', 'second']));
    await send([clickOn({ id: second!.id, token: first!.token }), clickOn({ id: 'l11', token: first!.token })]);
    expect(charged()).toBe(0);
    expect(engine.state.tally.tokensForged).toBe(2);
    const { priceMicros, campaign: name } = await claimsOf(first!);
    await send([{ ...clickOn(first!), placement: 'second' }]);
    expect([...ledgerCharges(engine.state)]).toEqual([[expect.stringContaining(`${name} `), priceMicros]]);
    await expectConsistent();
  });

  test('of an organic item, and a good one on anything but a click, bills nothing', async () => {
    const response = await decide();
    const [ad] = adsOf(response);
    const organic = response.placements[0]!.items.find(({ kind }) => kind === 'listing')!;
    const { id: _, ...click } = clickOn(ad!);
    const types = ['impression', 'view', 'cart-add', 'favourite', 'purchase', 'return'] as const;
    const others = types.map((type) => ({ ...click, id: `other-${type}`, type, order: 'o1' }));
    expect(await send([clickOn(organic), ...others])).toMatchObject({ accepted: 7, rejected: [] });
    expect(charged()).toBe(0);
    await expectConsistent();
  });

  test('sent a thousand times bills once: in one batch, across batches at once, after a restart', async () => {
    const ad = await showAd();
    const { priceMicros } = await claimsOf(ad);
    const clicks = (count: number): BuyerEvent[] => Array.from({ length: count }, () => clickOn(ad));
    await send(clicks(100));
    await Promise.all(Array.from({ length: 10 }, () => send(clicks(50))));
    await restart();
    await send(clicks(400));
    expect(charged()).toBe(priceMicros);
    expect(engine.state.tally).toMatchObject({ adClicks: 1000, tokensReplayed: 999 });
    await expectConsistent();
  });

  test('of each of two placements at the same position bills: they are two tokens', async () => {
    const ads = adsOf(await decide(['first', 'second']));
    expect(ads.map(({ position }) => position)).toEqual([0, 0]);
    await send(ads.flatMap((ad) => [clickOn(ad), clickOn(ad)]));
    const [one, other] = await Promise.all(ads.map(claimsOf));
    expect(charged()).toBe(one!.priceMicros + other!.priceMicros);
    expect(engine.state.tally.tokensReplayed).toBe(2);
    await expectConsistent();
  });

  test('that has expired bills nothing, also once the clock goes back', async () => {
    const ad = await showAd();
    const { expiresAt } = await claimsOf(ad);
    clock.set(millis(expiresAt));
    await send([clickOn(ad)]);
    clock.set(millis(NOON));
    await send([clickOn(ad)]);
    expect(charged()).toBe(0);
    expect(engine.state.tally.tokensExpired).toBe(2);
    await expectConsistent();
  });
});

describe('money under clocks that jump', () => {
  test.each([1, 2, 3])('no day is billed above its budget, nothing expired bills (seed %i)', async (seed) => {
    const rng = new Rng(seed);
    await put('campaigns/spring', campaign('potter', ['l0', 'l3'], 500_000, 1_200_000));
    const jumps = [0, 0, 60_000, MILLIS_PER_DAY / 3, MILLIS_PER_DAY, -MILLIS_PER_DAY, YEAR, -YEAR];
    const kept: DecidedItem[] = [];
    for (let step = 0; step < 60; step++) {
      clock.set(millis(Math.max(NOON - 3 * MILLIS_PER_DAY, clock.now() + jumps[rng.below(jumps.length)]!)));
      for (let i = 0; i < 3; i++) kept.push(...adsOf(await decide(['first', 'second'])));
      const clicked = Array.from({ length: 8 }, () => clickOn(kept[rng.below(kept.length)]!));
      expect(await send(clicked)).toMatchObject({ accepted: 8 });
      if (step === 30) await restart();
    }
    const budgets = new Map([
      ['spring', 1_200_000],
      ['autumn', 5_000_000],
      ['winter', 5_000_000],
    ]);
    const charges = ledgerCharges(engine.state);
    for (const [key, micros] of charges) expect(micros).toBeLessThanOrEqual(budgets.get(key.split(' ')[0]!)!);
    expect(charges.size).toBeGreaterThan(5);
    const { tally } = engine.state;
    expect(Math.min(tally.tokensExpired, tally.tokensReplayed, tally.clicksOverBudget)).toBeGreaterThan(0);
    await expectConsistent();
  });

  test('an event is still known after the clock was a year ahead', async () => {
    const event: BuyerEvent = { id: 'once', type: 'purchase', buyer: 'eve', listing: 'l1', order: 'o', at: NOON };
    await send([event]);
    clock.set(millis(NOON + YEAR));
    await send([{ id: 'ahead', type: 'view', buyer: 'eve', listing: 'l1' }]);
    clock.set(millis(NOON));
    expect(await send([event])).toMatchObject({ accepted: 0, duplicates: 1 });
    expect(engine.state.tally.orderLines).toBe(1);
  });
});

test('one id sent 100,000 times, many at once, is one event', async () => {
  const one: BuyerEvent = { id: 'same', type: 'purchase', buyer: 'eve', listing: 'l1', order: 'o' };
  const batch = JSON.stringify({ events: Array.from({ length: 1000 }, () => one) });
  const headers = { 'content-type': 'application/json' };
  let accepted = 0;
  let duplicates = 0;
  for (let wave = 0; wave < 10; wave++) {
    const answers = await Promise.all(
      Array.from({ length: 10 }, async () => {
        const response = await fetch(`${server.url}/v1/events`, { method: 'POST', headers, body: batch });
        return (await response.json()) as EventsResponse;
      }),
    );
    for (const answer of answers) {
      accepted += answer.accepted;
      duplicates += answer.duplicates;
    }
  }
  expect({ accepted, duplicates }).toEqual({ accepted: 1, duplicates: 99_999 });
  expect(engine.state.tally).toMatchObject({ events: 1, orderLines: 1 });
  expect((await readLog()).filter((record) => record.kind === 'event')).toHaveLength(1);
});

function connected(): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1', () => resolve(socket));
    socket.on('error', reject);
  });
}

describe('connections', () => {
  test('that send their headers or their body a byte at a time hold nobody up, nor the stop', async () => {
    const slow = await Promise.all(Array.from({ length: 200 }, connected));
    const body = JSON.stringify({ placements: ['first'] });
    const head = 'POST /v1/decide HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n';
    slow.forEach((socket, i) => {
      socket.on('error', () => {});
      socket.write(i % 2 === 0 ? head : `${head}content-length: ${body.length}\r\n\r\n${body[0]}`);
    });
    for (let round = 0; round < 5; round++) {
      slow.forEach((socket, i) => void socket.write(i % 2 === 0 ? `x-${round}: 1\r\n` : body[round + 1]!));
      const asked = performance.now();
      await decide();
      expect(performance.now() - asked).toBeLessThan(1000);
    }
    const closed = Promise.all(slow.map((socket) => new Promise((resolve) => socket.once('close', resolve))));
    const stopping = performance.now();
    await restart();
    expect(performance.now() - stopping).toBeLessThan(5000);
    await closed;
  });

  test('that end in the middle of a body leave nothing behind', async () => {
    const events = JSON.stringify({ events: [{ id: 'half', type: 'view', buyer: 'b', listing: 'l1' }] });
    const before = engine.offset;
    for (const path of ['/v1/events', '/v1/listings/bulk', '/v1/batch']) {
      const sockets = await Promise.all(Array.from({ length: 20 }, connected));
      const type = path.endsWith('bulk') ? 'application/x-ndjson' : 'application/json';
      for (const socket of sockets)
        socket.write(
          `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: ${type}\r\ncontent-length: ${events.length + 9}\r\n\r\n${events}`,
        );
      await new Promise((resolve) => setTimeout(resolve, 50));
      for (const socket of sockets) socket.destroy();
    }
    await decide();
    await send([{ id: 'after', type: 'view', buyer: 'b', listing: 'l1' }]);
    const { ids } = engine.state.market.listings;
    expect(ids.find('half')).toBe(-1);
    expect(engine.state.tally.events).toBe(1);
    expect(engine.offset).toBe(before + 2);
  });

  test('200 at once are all answered', async () => {
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, i) =>
        i % 2 === 0 ? decide() : send([{ id: `c${i}`, type: 'view', buyer: `b${i}`, listing: 'l1' }]),
      ),
    );
    expect(answers).toHaveLength(200);
    expect(engine.state.tally.views).toBe(100);
  });
});

test('a hundred explanations asked for at once are made one by one or refused, and decisions go on', async () => {
  const { decisionId } = await decide();
  let made = 0;
  const asked = Array.from({ length: 100 }, async () => {
    const { status, body } = await call<{ identical?: boolean }>('GET', `/v1/decisions/${decisionId}`);
    if (body.identical) made++;
    return body.identical ? 'identical' : status;
  });
  const before = process.memoryUsage().rss;
  await decide();
  expect(made).toBeLessThan(32);
  const statuses = await Promise.all(asked);
  expect(new Set(statuses)).toEqual(new Set(['identical', 503]));
  expect(statuses.filter((status) => status === 'identical').length).toBeGreaterThanOrEqual(32);
  expect(process.memoryUsage().rss - before).toBeLessThan(500_000_000);
});

/** Posts a raw body; resolves with the status and the error's code. */
async function refusalOf(path: string, body: string | Buffer, headers: Record<string, string>): Promise<string> {
  const response = await fetch(server.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : Uint8Array.from(body),
  });
  const { error } = (await response.json()) as { error?: { code: string } };
  return `${response.status} ${error?.code}`;
}

describe('bodies made to hurt', () => {
  const deep = `{"events":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
  const bodies: [name: string, body: string | Buffer, refusal: string, encoding?: string][] = [
    ['a string of 10 MB', JSON.stringify({ events: [{ id: 'x'.repeat(10_000_000) }] }), '413 body-too-large'],
    ['100,000 levels', deep, '400 bad-json'],
    ['__proto__', '{"events":[{"__proto__":{"type":"view"},"id":"a"}]}', '400 bad-json'],
    ['constructor.prototype', '{"events":[],"constructor":{"prototype":{"x":1}}}', '400 bad-json'],
    ['a gzip bomb', gzipSync(Buffer.alloc(200_000_000, 0x20)), '413 body-too-large', 'gzip'],
    ['gzip in gzip', gzipSync(gzipSync('{"events":[]}')), '400 bad-json', 'gzip'],
    ['1,001 events', JSON.stringify({ events: Array(1001).fill({}) }), '400 bad-request'],
  ];

  test.each(bodies)('%s', async (_, body, refusal, encoding) => {
    for (const path of ['/v1/events', '/v1/decide']) {
      if (path === '/v1/decide' && refusal === '400 bad-request') continue;
      expect(await refusalOf(path, body, encoding ? { 'content-encoding': encoding } : {})).toBe(refusal);
    }
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
    expect(engine.state.tally.events).toBe(0);
  });

  test('a gzip bomb of one line in a bulk body is refused line by line, in little memory', async () => {
    const line = Buffer.concat([
      Buffer.from('{"id":"big","title":"'),
      Buffer.alloc(300_000_000, 0x78),
      Buffer.from('"}\n{"id":"small","title":"Small","priceMicros":1}\n'),
    ]);
    const bomb = gzipSync(line);
    let peak = 0;
    const before = process.memoryUsage().rss;
    const watch = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().rss - before);
    }, 10);
    const response = await fetch(`${server.url}/v1/listings/bulk`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson', 'content-encoding': 'gzip' },
      body: Uint8Array.from(bomb),
    });
    clearInterval(watch);
    expect(await response.json()).toMatchObject({ saved: 1, rejected: [{ line: 1, code: 'body-too-large' }] });
    expect(peak).toBeLessThan(150_000_000);
  });
});

/** A request whose path is sent as it is: `fetch` would resolve the dots. */
function rawGet(path: string): Promise<Answer<{ id?: string }>> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(server.url);
    request({ port, path, host: '127.0.0.1' }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => resolve({ status: response.statusCode!, body: JSON.parse(text) }));
    })
      .on('error', reject)
      .end();
  });
}

describe('ids', () => {
  const IDS = [
    '..',
    '.',
    '../../etc/passwd',
    '..\\..\\secret',
    '/etc/passwd',
    'a/b?c#d&e=f%2F%00',
    '%',
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'length',
    '0',
    '-1',
    'null',
    ' ',
    'e\u0301',
    '\u00e9',
    '日本語',
    'مرحبا',
    'עִבְרִית',
    '👩‍👩‍👧‍👦',
    '\u{10ffff}',
    '\u200b',
    '\ufeff',
    '\u2028',
    '\u202eevil',
    "'; drop table listings; --",
    '<script>alert(1)</script>',
    '"\\',
    '\ud7ff\ue000',
    '𝒳'.repeat(128),
  ];

  test('of every kind go in and come out unchanged, as listing, shop, campaign, placement, buyer and event', async () => {
    const before = await tree(directory);
    const bulk = async (path: string, make: (id: string) => object): Promise<void> => {
      const lines = IDS.map((id) => JSON.stringify({ id, ...make(id) })).join('\n');
      const response = await fetch(`${server.url}/v1/${path}/bulk`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-ndjson' },
        body: lines,
      });
      expect(await response.json()).toMatchObject({ saved: IDS.length, rejected: [] });
    };
    await bulk('shops', (name) => ({ name }));
    await bulk('listings', (id) => ({ title: `Listing ${id}`, priceMicros: 1, shop: id, attributes: { kind: id } }));
    await bulk('campaigns', (id) => campaign(id, [id], 900_000, 1e9));
    const sources = [{ source: 'popular', limit: 200 }];
    await bulk('placements', () => ({ slots: 50, adSlots: [0, 1, 2], sources }));
    for (const id of IDS) {
      for (const path of ['shops', 'listings', 'campaigns', 'placements'])
        expect((await rawGet(`/v1/${path}/${encodeURIComponent(id).replaceAll('.', '%2E')}`)).body.id).toBe(id);
      expect((await rawGet(`/v1/listings/${encodeURIComponent(id)}`)).body.id).toBe(id);
    }
    const shown = new Set<string>();
    let spent = 0;
    for (const id of IDS) {
      const { body } = await call<DecideResponse>('POST', '/v1/decide', { buyer: id, placements: [id] });
      expect(body.placements.map(({ placement }) => placement)).toEqual([id]);
      for (const item of body.placements[0]!.items) shown.add(item.id);
      const ads = adsOf(body);
      expect(ads.length).toBe(3);
      for (const ad of ads) {
        const claims = await claimsOf(ad);
        expect(claims).toMatchObject({ listing: ad.id, campaign: ad.campaign, placement: id });
        spent += claims.priceMicros;
      }
      const events = ads.map((ad, i) => ({ ...clickOn(ad), id: `${id.slice(0, 60)}${i}`, buyer: id }));
      expect(await send(events)).toMatchObject({ accepted: 3, rejected: [] });
    }
    expect(IDS.filter((id) => !shown.has(id))).toEqual([]);
    expect(charged()).toBe(spent);
    const { buyers } = engine.state.market;
    expect(IDS.filter((id) => buyers.keys.find(id) < 0)).toEqual([]);
    await expectConsistent();
    expect((await tree(directory)).filter((name) => !before.includes(name) && !name.endsWith('.lock'))).toEqual([]);
  });

  test.each(['', '\u0000', 'a\nb', '\u007f', '\ud800', 'x'.repeat(129)])('%j is no id', async (id) => {
    const events = [{ id, type: 'view', buyer: 'b', listing: 'l1' }];
    const { status, body } = await call<EventsResponse>('POST', '/v1/events', { events });
    expect(status).toBe(200);
    expect(body).toMatchObject({ accepted: 0, rejected: [{ index: 0, reason: 'bad-request' }] });
  });
});

/** Every file below a directory. */
async function tree(path: string): Promise<string[]> {
  return (await readdir(path, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
