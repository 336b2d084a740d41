/**
 * `kill -9` at a random moment under load, fifty times on one directory: while it serves, writes a checkpoint, turns to a new
 * segment, or is still starting. What was acknowledged is there, nothing is there twice, a client that sends again what it had
 * no answer to does no harm, the state is what a fold of the whole log gives, and the money is what the log implies.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { BuyerEvent, DecidedItem, DecideResponse, EventsResponse } from '@rialto/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Rng } from '../src/base/rng.ts';
import { fingerprint } from '../src/base/snapshot.fixture.ts';
import { applyRecord } from '../src/delivery/apply.ts';
import { logDirectory, openCheckpoints } from '../src/delivery/data-directory.ts';
import { decideAgain } from '../src/delivery/explain.ts';
import { rebuild } from '../src/delivery/rebuild.ts';
import { State } from '../src/delivery/state.ts';
import { Workspace } from '../src/delivery/workspace.ts';
import { FileLog } from '../src/log/file-log.ts';
import type { LogRecord } from '../src/log/record.ts';
import { chargesOf, EVERY_CLICK, ledgerCharges } from './charges.ts';

const KILLS = 50;
const CHECKPOINT_WAIT_MS = 10_000;
const VERIFIED_EVERY = 5;
const SEED = 17;
const SERVER = fileURLToPath(new URL('../dist/test/kill-server.js', import.meta.url));
const LISTINGS = 120;
const SHOPS = 12;
/** Of every other campaign: soon spent. */
const SMALL_BUDGET_MICROS = 2_000_000;
const BUDGET_MICROS = 200_000_000;
const BATCH = 20;
const EVENT_CLIENTS = 2;
/** Decisions whose ads are clicked only later, when the small budgets are spent. */
const HOARDED = 60;

const rng = new Rng(SEED);
let directory: string;
let server: ChildProcess | undefined;

/** What the clients know. */
const acknowledged = new Set<string>();
const sent = new Set<string>();
/** Batches without an answer: sent again after the next start. */
const unanswered: BuyerEvent[][] = [];
/** By listing: titles that it may have. One after an answer, more where a save had none. */
const titles = new Map<string, string[]>();
const oldAds: DecidedItem[] = [];
/** Shown, and not yet clicked. */
const hoard: DecidedItem[] = [];
const seen = { sentAgain: 0, killedWhileStarting: 0, checkpoints: new Set<string>(), segments: 0 };
let made = 0;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rialto-kill-'));
});
afterAll(async () => {
  server?.kill('SIGKILL');
  await rm(directory, { recursive: true, force: true });
});

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function start(): ChildProcess {
  server = spawn(process.execPath, [SERVER, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  return server;
}

async function urlOf(child: ChildProcess): Promise<string> {
  const [url] = (await Promise.race([
    once(createInterface({ input: child.stdout! }), 'line'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`the server ended with ${code}`))),
  ])) as [string];
  return url;
}

async function kill(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

/** Undefined where the server died before it answered. Any answer but 200 is a failure. */
async function call<T>(url: string, method: string, path: string, body?: unknown): Promise<T | undefined> {
  let response: Response;
  let text: string;
  try {
    const headers = { 'content-type': 'application/json' };
    response = await fetch(url + path, { method, ...(body !== undefined && { headers, body: JSON.stringify(body) }) });
    text = await response.text();
  } catch {
    return undefined;
  }
  expect(response.status, `${method} ${path}: ${text}`).toBe(200);
  return JSON.parse(text) as T;
}

const listingAs = (i: number, title: string) => ({
  id: `l${i}`,
  title,
  priceMicros: 1_000_000 + i,
  shop: `s${i % SHOPS}`,
});

const budgetOf = (campaign: number): number => (campaign % 2 === 0 ? SMALL_BUDGET_MICROS : BUDGET_MICROS);

async function loadShop(url: string): Promise<void> {
  await call(url, 'PUT', '/v1/settings', EVERY_CLICK);
  for (let i = 0; i < LISTINGS; i++) {
    await call(url, 'PUT', `/v1/listings/l${i}`, listingAs(i, `Listing ${i}`));
    titles.set(`l${i}`, [`Listing ${i}`]);
  }
  for (let i = 0; i < SHOPS; i++)
    await call(url, 'PUT', `/v1/campaigns/c${i}`, {
      shop: `s${i}`,
      listings: [`l${i}`, `l${i + SHOPS}`],
      bidMicros: 400_000 + 10_000 * i,
      dailyBudgetMicros: budgetOf(i),
    });
}

/** Sends a batch with two ids twice; what has no answer is kept, to be sent again. */
async function send(url: string, events: BuyerEvent[], again: boolean): Promise<void> {
  for (const { id } of events) sent.add(id);
  const answer = await call<EventsResponse>(url, 'POST', '/v1/events', { events: [...events, events[0], events[1]] });
  if (answer === undefined) {
    unanswered.push(events);
    return;
  }
  expect(answer.rejected).toEqual([]);
  expect(answer.accepted + answer.duplicates).toBe(events.length + 2);
  if (!again) expect(answer.accepted).toBe(events.length);
  for (const { id } of events) acknowledged.add(id);
}

async function sendEvents(url: string, alive: () => boolean): Promise<void> {
  while (alive()) {
    const again = unanswered.shift();
    if (again) {
      seen.sentAgain++;
      await send(url, again, true);
      continue;
    }
    const events = Array.from({ length: BATCH }, (): BuyerEvent => {
      const common = { id: `e${made++}`, buyer: `b${rng.below(40)}`, listing: `l${rng.below(LISTINGS)}` };
      return rng.below(5) > 0
        ? { ...common, type: 'view' }
        : { ...common, type: 'purchase', order: `o${rng.below(500)}`, quantity: 1 + rng.below(3) };
    });
    await send(url, events, false);
  }
}

async function decideAds(url: string): Promise<DecidedItem[]> {
  const request = { buyer: `b${rng.below(40)}`, placements: ['home', 'listing'], context: { listing: 'l5' } };
  const decision = await call<DecideResponse>(url, 'POST', '/v1/decide', request);
  return decision?.placements.flatMap(({ items }) => items.filter(({ kind }) => kind === 'ad')) ?? [];
}

/** Clicks each ad twice, and one that was shown before the kill. */
async function clickAds(url: string, alive: () => boolean): Promise<void> {
  while (alive()) {
    const ads = await decideAds(url);
    const old = hoard.pop() ?? oldAds[rng.below(Math.max(oldAds.length, 1))];
    if (old) ads.push(old);
    oldAds.push(...ads.slice(0, 1));
    const clicks = ads.flatMap(({ id, token }) =>
      [1, 2].map((): BuyerEvent => ({ id: `k${made++}`, type: 'click', buyer: 'b1', listing: id, token })),
    );
    if (clicks.length > 0) await send(url, clicks, false);
  }
}

async function saveListings(url: string, alive: () => boolean): Promise<void> {
  while (alive()) {
    const i = rng.below(LISTINGS);
    const title = `Title ${made++}`;
    titles.get(`l${i}`)!.push(title);
    if (await call(url, 'PUT', `/v1/listings/l${i}`, listingAs(i, title))) titles.set(`l${i}`, [title]);
  }
}

async function readLog(): Promise<{ log: FileLog; records: LogRecord[] }> {
  const log = await FileLog.open(logDirectory(directory), { readOnly: true });
  const records: LogRecord[] = [];
  for await (const batch of log.read(0, 0)) records.push(...batch.records);
  return { log, records };
}

function expectOnce(records: readonly LogRecord[]): void {
  const ids = records.flatMap((record) => (record.kind === 'event' ? [record.event.id] : []));
  const present = new Set(ids);
  expect(ids.length, 'events that are in the log twice').toBe(present.size);
  const missing = [...acknowledged].filter((id) => !present.has(id));
  expect(missing, 'acknowledged, but not in the log').toEqual([]);
  expect(
    ids.filter((id) => !sent.has(id)),
    'in the log, but never sent',
  ).toEqual([]);
  const decisions = records.flatMap((record) => (record.kind === 'decision' ? [record.id] : []));
  expect(new Set(decisions).size).toBe(decisions.length);
}

/** Folds the records one by one and makes each decision again at its place. */
function foldAndDecide(records: readonly LogRecord[]): State {
  const due = new Map<number, LogRecord[]>();
  for (const record of records)
    if (record.kind === 'decision') due.set(record.stateOffset, [...(due.get(record.stateOffset) ?? []), record]);
  const state = new State();
  const workspace = new Workspace();
  for (const record of records) {
    for (const made of due.get(state.offset) ?? [])
      if (made.kind === 'decision') expect(decideAgain(state, made, workspace), made.id).toBe(true);
    applyRecord(state, record);
  }
  return state;
}

/** After a kill, before the next start: the files alone. */
async function verifyFiles(): Promise<State> {
  const { log, records } = await readLog();
  expectOnce(records);
  const state = foldAndDecide(records);
  const quick = await rebuild({ log, checkpoints: openCheckpoints(directory) });
  expect(
    fingerprint((out) => quick.save(out)),
    'checkpoint + rest, and the whole log',
  ).toEqual(fingerprint((out) => state.save(out)));
  const charges = ledgerCharges(state);
  expect(charges).toEqual(chargesOf(records));
  for (const [key, charged] of charges) expect(charged).toBeLessThanOrEqual(budgetOf(Number(/^c(\d+) /.exec(key)![1])));
  return state;
}

async function metric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
}

/** A started server says what the files say: offsets, counts and money; events are known; listings have their title. */
async function verifyServer(url: string, state: State): Promise<void> {
  expect(await call(url, 'GET', '/readyz')).toMatchObject({ offset: state.offset });
  expect(await metric(url, 'rialto_events_total')).toBe(state.tally.events);
  expect(await metric(url, 'rialto_ad_charged_micros_total')).toBe(state.ledger.totals.chargedMicros);
  const ids = [...acknowledged];
  const again = Array.from({ length: 1000 }, () => ids[rng.below(ids.length)]!);
  const events = again.map((id) => ({ id, type: 'view', buyer: 'b0', listing: 'l0' }));
  expect(await call(url, 'POST', '/v1/events', { events })).toEqual({ accepted: 0, duplicates: 1000, rejected: [] });
  for (const [id, possible] of titles)
    expect(possible).toContain((await call<{ title: string }>(url, 'GET', `/v1/listings/${id}`))!.title);
}

/** How long the server lives once it listens. */
const lifeMs = (): number => 20 + rng.below(350);

/** Waits until one is finished that nobody has seen: how long that takes hangs on what else the machine does. */
async function newCheckpoint(): Promise<void> {
  for (let waited = 0; waited < CHECKPOINT_WAIT_MS; waited += 50) {
    const checkpoints = await openCheckpoints(directory).list();
    if (checkpoints.some(({ offset }) => !seen.checkpoints.has(String(offset)))) return;
    await sleep(50);
  }
}

test(`nothing acknowledged is lost or doubled by ${KILLS} kills (seed ${SEED})`, { timeout: 480_000 }, async () => {
  let state: State | undefined;
  for (let run = 1; run <= KILLS; run++) {
    if (run % 7 === 0) {
      const early = start();
      await sleep(rng.below(500));
      await kill(early);
      seen.killedWhileStarting++;
    }
    const child = start();
    const url = await urlOf(child);
    if (state) await verifyServer(url, state);
    if (run === 1) {
      await loadShop(url);
      for (let i = 0; i < HOARDED; i++) hoard.push(...(await decideAds(url)));
    }
    let living = true;
    const alive = () => living;
    const clients = [
      ...Array.from({ length: EVENT_CLIENTS }, () => sendEvents(url, alive)),
      clickAds(url, alive),
      saveListings(url, alive),
    ];
    if (run % 6 === 0) await newCheckpoint();
    await sleep(lifeMs());
    living = false;
    await kill(child);
    await Promise.all(clients);
    for (const { offset } of await openCheckpoints(directory).list()) seen.checkpoints.add(String(offset));
    state = run % VERIFIED_EVERY === 0 ? await verifyFiles() : undefined;
  }
  const last = start();
  await verifyServer(await urlOf(last), state!);
  await kill(last);

  // The test has seen what it is about.
  seen.segments = (await readdir(logDirectory(directory))).filter((name) => name.endsWith('.log')).length;
  expect(acknowledged.size).toBeGreaterThan(5_000);
  expect(seen.sentAgain).toBeGreaterThan(10);
  expect(seen.segments).toBeGreaterThan(5);
  expect(seen.checkpoints.size).toBeGreaterThan(2);
  expect(state!.tally).toMatchObject({ tokensForged: 0, tokensExpired: 0 });
  expect(Math.min(state!.tally.tokensReplayed, state!.tally.clicksOverBudget)).toBeGreaterThan(0);
  expect(state!.ledger.totals.chargedMicros).toBeGreaterThan(SHOPS * SMALL_BUDGET_MICROS);
});
