/**
 * Requests of the right form with the most awkward values, and of a spoiled form, from a seed: no answer is a 500, nothing that
 * was kept stops the engine, now or at its next start, and every decision in between can be made again.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DecideResponse, EventType } from '@rialto/sdk';
import { expect, test } from 'vitest';
import { ManualClock } from '../src/base/clock.ts';
import { Rng } from '../src/base/rng.ts';
import { fingerprint } from '../src/base/snapshot.fixture.ts';
import { MILLIS_PER_DAY, millis } from '../src/base/units.ts';
import { applyRecord } from '../src/delivery/apply.ts';
import { logDirectory, openEngine } from '../src/delivery/data-directory.ts';
import { decideAgain } from '../src/delivery/explain.ts';
import { rebuild } from '../src/delivery/rebuild.ts';
import { Workspace } from '../src/delivery/workspace.ts';
import { FileLog } from '../src/log/file-log.ts';
import type { LogRecord } from '../src/log/record.ts';
import { type RunningServer, startServer } from '../src/server/listen.ts';

const NOW = Date.UTC(2026, 1, 28, 23, 59);
const ROUNDS = 150;

const IDS = ['a', 'b', 'c', 'd', '__proto__', 'constructor', '0', '-1', '🙂', 'ß'.repeat(128), ' ', '%2e'];
const TEXTS = [
  '',
  ' ',
  'Blue cup',
  'ÄÖÜß çé',
  '日本語のカップ',
  'كوب أزرق',
  '👩‍👩‍👧‍👦 🙂',
  'a'.repeat(250),
  '\u200b\u202e',
  '((((',
  '-- ;',
];
const MONEY = [0, 1, 999_999, 1_000_000, 999_999_999_999_999, 1e15];
const TYPES: readonly EventType[] = [
  'impression',
  'click',
  'view',
  'cart-add',
  'cart-remove',
  'favourite',
  'hide',
  'search',
  'purchase',
  'return',
];
const TIMES = [
  0,
  1,
  NOW - 8 * MILLIS_PER_DAY,
  NOW - 7 * MILLIS_PER_DAY,
  NOW,
  NOW + 300_000,
  NOW + 300_001,
  4_102_444_800_000,
];
const COLLECTIONS = ['listings', 'shops', 'campaigns', 'placements', 'reviews'] as const;
type Collection = (typeof COLLECTIONS)[number];

/** Draws values; `tokens` are those that decisions gave out. */
class Hostile {
  readonly tokens: { readonly listing: string; readonly token: string }[] = [];
  readonly #rng: Rng;
  #made = 0;

  constructor(seed: number) {
    this.#rng = new Rng(seed);
  }

  pick<T>(values: readonly T[]): T {
    return values[this.#rng.below(values.length)]!;
  }

  some<T>(values: readonly T[], max: number): T[] {
    return Array.from({ length: this.#rng.below(max + 1) }, () => this.pick(values));
  }

  chance(share: number): boolean {
    return this.#rng.unit() < share;
  }

  event(): object {
    const type = this.pick(TYPES);
    return {
      id: this.chance(0.1) ? this.pick(IDS) : `e${this.#made++}`,
      type,
      ...(this.chance(0.7) && { buyer: this.pick(IDS) }),
      ...(this.chance(0.4) && { session: this.pick(IDS) }),
      ...(this.chance(0.9) && { listing: this.pick(IDS) }),
      ...(this.chance(0.5) && { at: this.pick(TIMES) }),
      ...(this.chance(0.8) && { order: this.pick(IDS) }),
      ...(this.chance(0.5) && { quantity: this.pick([1, 2, 1e6]) }),
      ...(this.chance(0.5) && { priceMicros: this.pick(MONEY) }),
      ...((type === 'search' || this.chance(0.1)) && { query: this.pick(TEXTS) }),
      ...(this.chance(0.3) && { country: this.pick(['GB', '__proto__', 'x'.repeat(64), '🇬🇧']) }),
      ...(this.tokens.length > 0 && this.chance(0.5) && this.pick(this.tokens)),
    };
  }

  entity(collection: Collection): object {
    const id = this.pick(IDS);
    switch (collection) {
      case 'shops':
        return { id, name: this.pick(TEXTS) };
      case 'reviews':
        return { id, listing: this.pick(IDS), rating: this.pick([1, 4.999, 5]), text: this.pick(TEXTS) };
      case 'campaigns':
        return {
          id,
          shop: this.pick(IDS),
          listings: [this.pick(IDS), ...this.some(IDS, 3)],
          bidMicros: this.pick(MONEY),
          dailyBudgetMicros: this.pick(MONEY),
          ...(this.chance(0.3) && { placements: this.some(IDS, 4) }),
          ...(this.chance(0.2) && { startsAt: this.pick(TIMES) }),
          ...(this.chance(0.2) && { endsAt: this.pick(TIMES) }),
        };
      case 'placements':
        return this.#placement(id);
      case 'listings':
        return {
          id,
          title: this.pick(TEXTS),
          priceMicros: this.pick(MONEY),
          description: this.pick(TEXTS).repeat(this.pick([1, 50])),
          ...(this.chance(0.6) && { category: this.pick(['', '>', ' > > ', 'A > B', 'A > B > C', '__proto__']) }),
          ...(this.chance(0.1) && { shop: this.pick(IDS) }),
          ...(this.chance(0.5) && { tags: this.some(TEXTS, 64) }),
          ...(this.chance(0.5) && { attributes: { constructor: 'x', length: '1', [this.pick(TEXTS) || 'k']: 'v' } }),
          ...(this.chance(0.2) && { availability: this.pick(['removed', 'out-of-stock', 'in-stock']) }),
          ...(this.chance(0.3) && { language: this.pick(['de', 'zh-Hans', 'xx-yy']) }),
        };
    }
  }

  #placement(id: string): object {
    const slots = this.pick([1, 2, 20, 100]);
    const where = this.chance(0.5)
      ? { attribute: this.pick(['shop', 'category', 'constructor', 'none']), in: this.some(IDS, 3) }
      : { priceMicrosMin: this.pick(MONEY), priceMicrosMax: this.pick(MONEY) };
    const rules = [
      { rule: 'include', where },
      { rule: 'exclude', where },
      { rule: 'boost', where, factor: 1000 },
      { rule: 'bury', where, factor: 1e-300 },
      { rule: 'pin', listing: this.pick(IDS), position: this.pick([0, 1, 99]) },
      { rule: 'not-bought', days: this.pick([1, 3650]) },
      { rule: 'max-per-shop', max: 1 },
    ];
    const sources = ['popular', 'category', 'together', 'viewed-together', 'history', 'search', 'neighbours'];
    return {
      id: this.chance(0.6) ? this.pick(['home', 'search', 'listing']) : id,
      slots,
      adSlots: [...new Set(this.some([0, 1, slots - 1], 3))],
      sources: this.some(sources, 8).map((source) => ({ source, limit: this.pick([1, 10_000]) })),
      rules: this.some(rules, 4),
      ...(this.chance(0.3) && { reserveMicros: this.pick(MONEY) }),
    };
  }

  request(): object {
    return {
      placements: [this.pick(['home', 'search', 'listing', 'category', 'cart']), ...this.some(['home', 'search'], 2)],
      ...(this.chance(0.7) && { buyer: this.pick(IDS) }),
      ...(this.chance(0.3) && { session: this.pick(IDS) }),
      context: {
        ...(this.chance(0.5) && { listing: this.pick(IDS) }),
        ...(this.chance(0.5) && { query: this.pick(TEXTS) }),
        ...(this.chance(0.5) && { category: this.pick(['A', 'A > B', '', '__proto__']) }),
        ...(this.chance(0.5) && { cart: this.some(IDS, 200) }),
        ...(this.chance(0.5) && { language: this.pick(['de', 'ja', 'xx-yy']) }),
      },
      exclude: this.some(IDS, 5),
    };
  }

  /** The text of a body with something about it wrong. */
  spoil(text: string): string {
    const at = this.#rng.below(text.length);
    const insert = this.pick([
      '',
      '"',
      '{',
      ']',
      'null',
      '1e999',
      '-1',
      '\\u0000',
      '\\ud800',
      '\u0000',
      '"a":',
      '[[',
      ',',
    ]);
    return text.slice(0, at) + insert + text.slice(at + this.#rng.below(4));
  }
}

async function post(server: RunningServer, path: string, body: string): Promise<{ status: number; text: string }> {
  const type = path.endsWith('bulk') ? 'application/x-ndjson' : 'application/json';
  const response = await fetch(server.url + path, { method: 'POST', headers: { 'content-type': type }, body });
  const text = await response.text();
  expect(response.status, `${path} ${body.slice(0, 2000)} → ${text}`).toBeLessThan(500);
  return { status: response.status, text };
}

/** One of each kind of request, good by its form, then each once more, spoiled. */
async function round(server: RunningServer, hostile: Hostile): Promise<void> {
  const collection = hostile.pick(COLLECTIONS);
  const bodies: [path: string, body: string][] = [
    [`/v1/${collection}/bulk`, Array.from({ length: 8 }, () => JSON.stringify(hostile.entity(collection))).join('\n')],
    ['/v1/events', JSON.stringify({ events: Array.from({ length: 20 }, () => hostile.event()) })],
    ['/v1/decide', JSON.stringify(hostile.request())],
  ];
  for (const [path, body] of bodies) {
    const { status, text } = await post(server, path, body);
    if (path === '/v1/decide' && status === 200)
      for (const { items } of (JSON.parse(text) as DecideResponse).placements)
        for (const { kind, id, token } of items) if (kind === 'ad') hostile.tokens.push({ listing: id, token });
    await post(server, path, hostile.spoil(body));
  }
}

async function readLog(directory: string): Promise<LogRecord[]> {
  const log = await FileLog.open(logDirectory(directory), { readOnly: true });
  const records: LogRecord[] = [];
  for await (const batch of log.read(0, 0)) records.push(...batch.records);
  return records;
}

/** Folds the log once more and makes every decision again; returns how many, and which came out otherwise. */
async function decideAll(directory: string): Promise<{ decided: number; different: string[] }> {
  const records = await readLog(directory);
  const log = await FileLog.open(logDirectory(directory), { readOnly: true });
  const state = await rebuild({ log, offset: 0 });
  const workspace = new Workspace();
  const different: string[] = [];
  const decisions = records.filter((record) => record.kind === 'decision');
  for (let offset = 0; offset <= records.length; offset++) {
    for (const decision of decisions)
      if (decision.stateOffset === offset && !decideAgain(state, decision, workspace)) different.push(decision.id);
    if (offset < records.length) applyRecord(state, records[offset]!);
  }
  return { decided: decisions.length, different };
}

test.each([1, 2])('the most awkward values harm nothing (seed %i)', async (seed) => {
  const directory = await mkdtemp(join(tmpdir(), 'rialto-hostile-'));
  const clock = new ManualClock(millis(NOW));
  const hostile = new Hostile(seed);
  let server = await startServer(await openEngine(directory, { clock }), { port: 0 });
  try {
    for (let i = 0; i < ROUNDS; i++) {
      clock.set(millis(NOW + hostile.pick([0, 60_000, MILLIS_PER_DAY, -MILLIS_PER_DAY])));
      await round(server, hostile);
    }
    await server.stop();
    const engine = await openEngine(directory, { clock });
    expect(engine.offset).toBeGreaterThan(500);
    expect(engine.state.tally.adClicks).toBeGreaterThan(10);
    server = await startServer(engine, { port: 0 });
    await round(server, hostile);
    const { decided, different } = await decideAll(directory);
    expect(decided).toBeGreaterThan(ROUNDS / 2);
    expect(different).toEqual([]);
    // Only now have the last decisions reached the log: nobody waits for those.
    await server.stop();
    const state = fingerprint((out) => engine.state.save(out));
    const again = await openEngine(directory, { clock });
    expect(fingerprint((out) => again.state.save(out))).toEqual(state);
    await again.close();
  } finally {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  }
});
