/**
 * `kill -9` at a random moment under load, fifty times on one directory: what was acknowledged is there, nothing is there
 * twice, and the state is what a fold of the whole log gives.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { BuyerEvent, DecideResponse, EventsResponse } from '@rialto/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Rng } from '../src/base/rng.ts';
import { SnapshotWriter } from '../src/base/snapshot.ts';
import { logDirectory, openCheckpoints } from '../src/delivery/data-directory.ts';
import { rebuild } from '../src/delivery/rebuild.ts';
import type { State } from '../src/delivery/state.ts';
import { FileLog } from '../src/log/file-log.ts';
import type { LogRecord } from '../src/log/record.ts';

const KILLS = 50;
const SEED = 11;
const SERVER = fileURLToPath(new URL('../dist/test/survival-server.js', import.meta.url));
const rng = new Rng(SEED);
const LISTINGS = 200;

let directory: string;
const acknowledged = { events: new Set<string>(), titles: new Map<string, string>() };
let sent = 0;
let duplicatesAnswered = 0;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rialto-survival-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function start(): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [SERVER, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface({ input: child.stdout! }), 'line')) as [string];
  return { child, url: (JSON.parse(line) as { url: string }).url };
}

/** Undefined where the server died before it answered. */
async function call<T>(url: string, path: string, method: string, body: unknown): Promise<T | undefined> {
  try {
    const response = await fetch(url + path, {
      method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return response.ok ? ((await response.json()) as T) : undefined;
  } catch {
    return undefined;
  }
}

async function load(url: string): Promise<void> {
  const listings = Array.from({ length: LISTINGS }, (_, i) => ({
    id: `l${i}`,
    title: `Listing ${i}`,
    priceMicros: 1_000_000 + i,
    shop: `s${i % 20}`,
  }));
  const body = listings.map((listing) => JSON.stringify(listing)).join('\n');
  await fetch(`${url}/v1/listings/bulk`, { method: 'POST', headers: { 'content-type': 'application/x-ndjson' }, body });
  for (let i = 0; i < 20; i++) {
    await call(url, `/v1/campaigns/c${i}`, 'PUT', {
      id: `c${i}`,
      shop: `s${i}`,
      listings: [`l${i}`, `l${i + 20}`],
      bidMicros: 500_000,
      dailyBudgetMicros: 3_000_000,
    });
  }
}

/** Sends batches, some ids twice, until the server dies. */
async function sendEvents(url: string, alive: () => boolean): Promise<void> {
  while (alive()) {
    const first = sent;
    sent += 20;
    const events: BuyerEvent[] = Array.from({ length: 20 }, (_, i) => ({
      id: `e${first + i}`,
      type: 'view',
      buyer: `b${rng.below(30)}`,
      listing: `l${rng.below(LISTINGS)}`,
    }));
    const answer = await call<EventsResponse>(url, '/v1/events', 'POST', { events: [...events, events[0], events[7]] });
    if (!answer) continue;
    duplicatesAnswered += answer.duplicates;
    expect(answer.accepted).toBe(20);
    for (const { id } of events) acknowledged.events.add(id);
  }
}

/** Decides, and clicks every ad twice. */
async function clickAds(url: string, alive: () => boolean): Promise<void> {
  while (alive()) {
    const decision = await call<DecideResponse>(url, '/v1/decide', 'POST', {
      buyer: `b${rng.below(30)}`,
      placements: ['home'],
    });
    const ads = decision?.placements[0]?.items.filter(({ kind }) => kind === 'ad') ?? [];
    if (ads.length === 0) continue;
    const clicks = ads.flatMap(({ id, token }) =>
      [1, 2].map(() => ({ id: `k${sent++}`, type: 'click' as const, buyer: 'b1', listing: id, token })),
    );
    const answer = await call<EventsResponse>(url, '/v1/events', 'POST', { events: clicks });
    if (answer) for (const { id } of clicks) acknowledged.events.add(id);
  }
}

async function saveListings(url: string, alive: () => boolean): Promise<void> {
  while (alive()) {
    const id = `l${rng.below(LISTINGS)}`;
    const title = `Title ${sent++}`;
    const saved = await call(url, `/v1/listings/${id}`, 'PUT', {
      id,
      title,
      priceMicros: 2_000_000,
      shop: `s${Number(id.slice(1)) % 20}`,
    });
    // One without an answer may or may not be there: then the last that was acknowledged says nothing any more.
    if (saved) acknowledged.titles.set(id, title);
    else acknowledged.titles.delete(id);
  }
}

function sectionsOf(state: State): { name: string; bytes: Buffer }[] {
  const snapshot = new SnapshotWriter();
  state.save(snapshot);
  return snapshot.sections.map(({ name, bytes }) => ({ name, bytes: Buffer.from(bytes) }));
}

async function verify(): Promise<void> {
  const log = await FileLog.open(logDirectory(directory), { readOnly: true });
  const ids: string[] = [];
  for await (const { records } of log.read(0, 0))
    ids.push(...records.filter((record: LogRecord) => record.kind === 'event').map((record) => record.event.id));
  const present = new Set(ids);
  expect(ids.length, 'an event is in the log twice').toBe(present.size);
  expect(
    [...acknowledged.events].filter((id) => !present.has(id)),
    'acknowledged, but not in the log',
  ).toEqual([]);

  const whole = await rebuild({ log });
  const quick = await rebuild({ log, checkpoints: openCheckpoints(directory) });
  const expected = sectionsOf(whole);
  const names = sectionsOf(quick).filter(({ bytes }, i) => !bytes.equals(expected[i]!.bytes));
  expect(
    names.map(({ name }) => name),
    'sections that differ between the whole fold and checkpoint + rest',
  ).toEqual([]);

  for (const [id, title] of acknowledged.titles)
    expect(whole.market.listings.document(whole.market.listings.ids.find(id)).title).toBe(title);
  let charged = 0;
  for (let row = 0; row < whole.ledger.size; row++) {
    const { campaign, chargedMicros } = whole.ledger.at(row);
    expect(chargedMicros).toBeLessThanOrEqual(whole.market.campaigns.dailyBudgetMicros.data[campaign]!);
    charged += chargedMicros;
  }
  expect(charged).toBe(whole.ledger.totals.chargedMicros);
}

test(`nothing acknowledged is lost or doubled by ${KILLS} kills (seed ${SEED})`, async () => {
  let checkpointsSeen = 0;
  for (let kill = 1; kill <= KILLS; kill++) {
    const { child, url } = await start();
    if (kill === 1) await load(url);
    let alive = true;
    const clients = [sendEvents, sendEvents, clickAds, saveListings].map((client) => client(url, () => alive));
    // Now and then long enough for a checkpoint to be finished, else short enough to be hit while one is written.
    await new Promise((resolve) => setTimeout(resolve, kill % 8 === 0 ? 1500 : 50 + rng.below(350)));
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    alive = false;
    await Promise.all([exited, ...clients]);
    checkpointsSeen = Math.max(checkpointsSeen, (await openCheckpoints(directory).list()).length);
    if (kill % 10 === 0) await verify();
  }
  expect(acknowledged.events.size).toBeGreaterThan(1000);
  expect(duplicatesAnswered).toBeGreaterThan(100);
  expect(checkpointsSeen).toBeGreaterThan(0);
}, 300_000);
