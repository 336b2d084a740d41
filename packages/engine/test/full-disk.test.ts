/**
 * The disk fills up under a server: it says 507 and keeps nothing of what it refused, goes on deciding, calls itself not
 * ready, and writes again by itself once there is room. Once on a real, small file system with the `rialto` command, and
 * once with a disk that fails when told to, which runs everywhere.
 */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BuyerEvent, DecideResponse } from '@rialto/sdk';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../src/base/clock.ts';
import { fingerprint } from '../src/base/snapshot.fixture.ts';
import { logDirectory } from '../src/delivery/data-directory.ts';
import { Engine } from '../src/delivery/engine.ts';
import { rebuild } from '../src/delivery/rebuild.ts';
import type { State } from '../src/delivery/state.ts';
import { FailingDisk } from '../src/log/failing-disk.fixture.ts';
import { FileLog } from '../src/log/file-log.ts';
import type { LogRecord } from '../src/log/record.ts';
import { startServer } from '../src/server/listen.ts';
import { EVERY_CLICK } from './charges.ts';
import { serve } from './rialto-process.ts';

/** What is free before the load begins: it runs out after some thousand records. */
const ROOM_BYTES = 200_000;

/** A server on a disk that can be filled and freed. */
interface Case {
  readonly directory: string;
  readonly url: string;
  fill(): Promise<void>;
  free(): Promise<void>;
  stop(): Promise<void>;
}

let root: string;
let running: Case | undefined;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rialto-full-'));
});
afterEach(async () => {
  await running?.stop();
  running = undefined;
  await rm(root, { recursive: true, force: true });
});

/** The command on a file system of 8 MB, filled but for a little; undefined where none may be mounted. */
async function commandOnSmallDisk(): Promise<Case | undefined> {
  const mount = join(root, 'disk');
  await mkdir(mount);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', mount], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  const directory = join(mount, 'data');
  const filler = join(mount, 'filler');
  const server = await serve(directory).catch((error) => {
    execFileSync('umount', ['-l', mount]);
    throw error;
  });
  return {
    directory,
    url: server.url,
    fill: () => writeFile(filler, Buffer.alloc((8 << 20) - 65_536 - ROOM_BYTES)),
    free: () => rm(filler),
    async stop() {
      await server.end('SIGKILL');
      execFileSync('umount', ['-l', mount]);
    },
  };
}

async function failingDisk(): Promise<Case> {
  const disk = new FailingDisk();
  const directory = join(root, 'data');
  const log = await FileLog.open(logDirectory(directory), { openFile: disk.open });
  let made = 0;
  const nonce = () => `n${made++}`;
  const engine = await Engine.open({ log, clock: systemClock, tokenSecret: new Uint8Array(32), nonce });
  const server = await startServer(engine, { port: 0 });
  return {
    directory,
    url: server.url,
    fill: async () => {
      disk.roomBytes = ROOM_BYTES;
    },
    free: async () => {
      disk.roomBytes = Number.POSITIVE_INFINITY;
    },
    stop: () => server.stop(),
  };
}

const cases: [name: string, make: () => Promise<Case | undefined>][] = [
  ['`rialto serve` on a small file system', commandOnSmallDisk],
  ['a disk that fails when told to', failingDisk],
];

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown> & { readonly error?: { readonly code: string; readonly message: string } };
  readonly retryAfter: string | null;
}

async function send(url: string, method: string, path: string, body?: unknown): Promise<Answer> {
  const response = await fetch(url + path, {
    method,
    ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const parsed = (await response.json()) as Answer['body'];
  return { status: response.status, body: parsed, retryAfter: response.headers.get('retry-after') };
}

const eventsOf = (name: string): BuyerEvent[] =>
  Array.from({ length: 20 }, (_, i) => ({ id: `${name}-${i}`, type: 'view', buyer: `b${i}`, listing: `l${i}` }));

const post = (url: string, events: readonly BuyerEvent[]): Promise<Answer> =>
  send(url, 'POST', '/v1/events', { events });

async function loadShop(url: string): Promise<void> {
  expect((await send(url, 'PUT', '/v1/settings', EVERY_CLICK)).status).toBe(200);
  const listing = (i: number) => ({ id: `l${i}`, title: `Listing ${i}`, priceMicros: 1_000_000, shop: 's' });
  for (let i = 0; i < 20; i++) expect((await send(url, 'PUT', `/v1/listings/l${i}`, listing(i))).status).toBe(200);
  const campaign = { id: 'c', shop: 's', listings: ['l0'], bidMicros: 500_000, dailyBudgetMicros: 9_000_000 };
  expect((await send(url, 'PUT', '/v1/campaigns/c', campaign)).status).toBe(200);
}

async function decide(url: string): Promise<DecideResponse> {
  const { status, body } = await send(url, 'POST', '/v1/decide', { buyer: 'b1', placements: ['home'] });
  expect(status).toBe(200);
  return body as unknown as DecideResponse;
}

async function adClick(url: string, id: string): Promise<BuyerEvent> {
  const ad = (await decide(url)).placements[0]!.items.find(({ kind }) => kind === 'ad')!;
  return { id, type: 'click', buyer: 'b1', listing: ad.id, token: ad.token };
}

/** Four clients send until each is refused; returns what was acknowledged and each one's refused batch. */
async function sendUntilFull(url: string): Promise<{ acknowledged: string[]; refused: BuyerEvent[][] }> {
  const acknowledged: string[] = [];
  const refused = await Promise.all(
    [0, 1, 2, 3].map(async (client) => {
      for (let batch = 0; batch < 2000; batch++) {
        const events = eventsOf(`c${client}-${batch}`);
        const { status, body, retryAfter } = await post(url, events);
        if (status === 200) {
          expect(body).toMatchObject({ accepted: 20, duplicates: 0, rejected: [] });
          acknowledged.push(...events.map(({ id }) => id));
          continue;
        }
        expect(status).toBe(507);
        expect(body.error).toMatchObject({ code: 'log-full', message: expect.stringMatching(/free disk space/) });
        expect(Number(retryAfter)).toBeGreaterThan(0);
        return events;
      }
      throw new Error('the disk never filled up');
    }),
  );
  return { acknowledged, refused };
}

async function metric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
}

/** What stands in the log, read beside the server. */
async function readLog(directory: string): Promise<{ ids: string[]; records: LogRecord[]; state: State }> {
  const log = await FileLog.open(logDirectory(directory), { readOnly: true });
  const records: LogRecord[] = [];
  for await (const batch of log.read(0, 0)) records.push(...batch.records);
  const ids = records.flatMap((record) => (record.kind === 'event' ? [record.event.id] : []));
  return { ids, records, state: await rebuild({ log }) };
}

describe.each(cases)('%s', (_, make) => {
  test('refuses, decides on, and goes on writing when there is room', async ({ skip }) => {
    running = await make();
    if (!running) return skip('mounting a file system needs more rights than this process has');
    const { url, directory } = running;
    await loadShop(url);
    const click = await adClick(url, 'late-click');
    const early = eventsOf('early');
    expect((await post(url, early)).status).toBe(200);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);

    await running.fill();
    const { acknowledged, refused } = await sendUntilFull(url);
    expect(acknowledged.length).toBeGreaterThan(500);

    // Full: nothing is taken, nothing is changed, and it is said.
    const before = await metric(url, 'rialto_decisions_unlogged_total');
    let unlogged = 0;
    for (let i = 0; i < 200 && unlogged < 20; i++) {
      expect((await decide(url)).placements[0]!.items.length).toBeGreaterThan(10);
      unlogged = (await metric(url, 'rialto_decisions_unlogged_total')) - before;
    }
    expect(unlogged).toBeGreaterThanOrEqual(20);
    expect(await send(url, 'GET', '/readyz')).toMatchObject({
      status: 503,
      body: { ready: false, logWritable: false },
    });
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    const renamed = { id: 'l3', title: 'x'.repeat(900), priceMicros: 1_000_000, shop: 's' };
    expect((await send(url, 'PUT', '/v1/listings/l3', renamed)).body.error!.code).toBe('log-full');
    expect((await send(url, 'GET', '/v1/listings/l3')).body).toMatchObject({ title: 'Listing 3' });
    expect((await post(url, [...eventsOf('never'), click])).status).toBe(507);
    // What was taken before is known, and repeating it needs no room.
    expect((await post(url, early)).body).toMatchObject({ accepted: 0, duplicates: 20 });

    await running.free();
    for (const batch of refused) expect((await post(url, batch)).body).toMatchObject({ accepted: 20, duplicates: 0 });
    expect(await send(url, 'GET', '/readyz')).toMatchObject({ status: 200, body: { ready: true } });
    expect((await post(url, [click, { ...click, id: 'again' }])).body).toMatchObject({ accepted: 2 });
    expect((await send(url, 'PUT', '/v1/listings/l3', renamed)).status).toBe(200);
    await adClick(url, 'unused');
    const charged = await metric(url, 'rialto_ad_charged_micros_total');
    expect(charged).toBeGreaterThan(0);

    const { ids, state, records } = await readLog(directory);
    expect(new Set(ids).size).toBe(ids.length);
    const kept = [...early, ...refused.flat()].map(({ id }) => id);
    const expected = [...kept, ...acknowledged, 'late-click', 'again'];
    expect([...ids].sort()).toEqual(expected.sort());
    expect(records.filter((record) => record.kind === 'listing' && record.entity.id === 'l3')).toHaveLength(2);
    expect(state.ledger.totals.chargedMicros).toBe(charged);
    expect(state.tally).toMatchObject({ adClicks: 2, tokensReplayed: 1 });
  });

  test('that was full when it died starts again with all that was acknowledged', async ({ skip }) => {
    running = await make();
    if (!running) return skip('mounting a file system needs more rights than this process has');
    const { url, directory } = running;
    await loadShop(url);
    await running.fill();
    const { acknowledged } = await sendUntilFull(url);
    const { ids, state, records } = await readLog(directory);
    expect([...ids].sort()).toEqual(acknowledged.sort());
    // Read as a start would: nothing of the refused is left behind the last good record.
    const copy = join(root, 'copy');
    execFileSync('cp', ['-r', logDirectory(directory), copy]);
    execFileSync('sh', ['-c', `rm -f ${copy}/*.lock`]);
    const log = await FileLog.open(copy);
    expect(log.end()).toEqual([records.length]);
    const again = await rebuild({ log });
    expect(fingerprint((out) => again.save(out))).toEqual(fingerprint((out) => state.save(out)));
    await log.close();
  });
});

test('where only decisions are asked for, a log that cannot be written shows in /readyz', async () => {
  const disk = new FailingDisk();
  const log = await FileLog.open(join(root, 'log'), { openFile: disk.open });
  const engine = await Engine.open({ log, clock: systemClock, tokenSecret: new Uint8Array(32), nonce: () => 'n' });
  const server = await startServer(engine, { port: 0 });
  try {
    disk.roomBytes = 0;
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
    await decide(server.url);
    while (engine.counters.decisionsUnlogged === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect((await fetch(`${server.url}/readyz`)).status).toBe(503);
  } finally {
    await server.stop();
  }
});
