/** A server that trains by itself, in its worker threads, on a directory: all that it learns serves, can be taken back, and what fails changes nothing. */
import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BuyerEvent, RialtoClient, type Source } from '@rialto/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { logDirectory, openEngine, readState } from '../delivery/data-directory.ts';
import type { Engine } from '../delivery/engine.ts';
import { event, NOW, openBare, purchase } from '../delivery/market.fixture.ts';
import { FileLog } from '../log/file-log.ts';
import { MemoryLog } from '../log/memory-log.ts';
import type { LogRecord } from '../log/record.ts';
import { packSources } from '../retrieval/learned-sources.ts';
import { startServer } from '../server/listen.ts';
import { scheduleTraining } from './schedule.ts';
import { liveTaste } from './taste.fixture.ts';
import type { ActionCard } from './train-actions.ts';

const VISITS = 460;
const DAMAGED_AT = 100_000;
const VISIT_EVERY = 4_000_000;
const folder = mkdtempSync(join(tmpdir(), 'rialto-schedule-'));
const directory = join(folder, 'data');
let engine: Engine;

const PAGE = {
  id: 'again',
  slots: 6,
  sources: [
    { source: 'popular', limit: 28 },
    { source: 'history', limit: 4 },
  ],
  learnedSources: true,
} as const;

/** Buyers who keep to a category and come back; each visit clicks on what is of it, and ends in what was bought before. */
async function writeShop(): Promise<void> {
  const memory = new MemoryLog();
  const { engine, clock } = await openBare(memory);
  await liveTaste(engine, NOW);
  await engine.save('placement', [PAGE], 'test');
  const own = new Map<string, string[]>();
  for await (const { records } of memory.read(0, 0))
    for (const record of records)
      if (record.kind === 'event')
        own.set(record.event.buyer!, [...(own.get(record.event.buyer!) ?? []), record.event.listing!]);
  const buyers = [...own.keys()];
  const rng = new Rng(5);
  for (let visit = 0; visit < VISITS; visit++) {
    clock.set((NOW + visit * VISIT_EVERY) as never);
    const buyer = buyers[visit % buyers.length]!;
    const { items } = engine.decide({ buyer, placements: ['again'] }).placements[0]!;
    const events: BuyerEvent[] = items.map(({ id, token }, i) =>
      event(`i${visit}-${i}`, 'impression', { listing: id, token, buyer }),
    );
    const liked = items.filter(({ id }) => rng.unit() < (own.get(buyer)!.includes(id) ? 0.5 : 0.05));
    for (const { id, token } of liked) events.push(event(`c${visit}-${id}`, 'click', { listing: id, token, buyer }));
    clock.set((NOW + visit * VISIT_EVERY + 600_000) as never);
    events.push(purchase(`v${visit}`, own.get(buyer)![rng.below(own.get(buyer)!.length)]!, { buyer }));
    await engine.ingest(events);
  }
  await engine.close();
  const log = await FileLog.open(logDirectory(directory));
  const all: LogRecord[] = [];
  for await (const { records } of memory.read(0, 0)) all.push(...records);
  // What is broken before a later append is damage, not a torn end.
  for (const part of [all.slice(0, -1), all.slice(-1)]) await log.append(part);
  await log.close();
}

beforeAll(async () => {
  await writeShop();
  engine = await openEngine(directory);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** In the log's first segment a byte is another one: a second time, it is as it was. */
async function flip(): Promise<void> {
  const path = join(logDirectory(directory), '0000000000000000.log');
  const file = await open(path, 'r+');
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, DAMAGED_AT);
  byte[0]! ^= 1;
  await file.write(byte, 0, 1, DAMAGED_AT);
  await file.close();
}

const serving = (): string[] =>
  engine.models
    .list()
    .filter(({ status }) => status === 'serving')
    .map(({ name, version }) => `${name} ${version}`);
const placed = (): readonly Source[] => engine.state.learnedSources.of(engine.read('placement', PAGE.id)!);

test('what fails changes nothing and is told; tried again, all is trained that serves: ranker, embedding, heads, sources', async () => {
  const told: string[] = [];
  let failed: object = {};
  await flip();
  await new Promise<void>((resolve) => {
    const stop = scheduleTraining({
      engine,
      directory,
      lookEveryMs: 5,
      onStarted: (lines) => told.push(`started on ${lines}`),
      onTrained: ({ version, unwritten }) => told.push(`ranker ${version}${unwritten ?? ''}`),
      onSources: ({ version }) => {
        told.push(`sources ${version}`);
        stop();
        resolve();
      },
      onFailed: (message) => {
        told.push(message);
        if (told.length !== 3) return;
        failed = { serving: serving(), training: engine.models.training };
        void flip();
      },
    });
  });
  const damaged = expect.stringContaining('is damaged');
  expect(told).toEqual(['started on 1060', damaged, damaged, 'started on 1060', 'ranker 1', 'sources 1']);
  expect(failed).toMatchObject({ serving: [], training: [{ outcome: 'failed' }, { outcome: 'failed' }] });
  expect(serving()).toEqual(['actions 1', 'embedding 1', 'ranker 1', 'sources 1']);
  // That it serves is told before how it went.
  await expect
    .poll(() => engine.models.training.map(({ model, outcome, version }) => `${model} ${outcome} ${version}`))
    .toEqual(['ranker published 1', 'sources published 1']);
});

test('the heads are calibrated, and delays of a day are waited for; the embedding serves who is known', () => {
  const { heads } = engine.models.serving('actions')!.card as unknown as ActionCard;
  expect(Object.keys(heads)).toEqual(['click', 'purchase']);
  for (const { holdout } of Object.values(heads)) {
    expect(holdout.calibrationError).toBeLessThan(0.15);
    expect(holdout.logLoss).toBeLessThan(holdout.logLossBase);
  }
  // Of the visits but the last day's: what became of those is not known yet.
  expect(heads.purchase!.holdout.rows).toBeLessThanOrEqual(heads.click!.holdout.rows);
  expect(engine.state.signals.embedding.size).toBe(60);
  expect(engine.state.heads.of('').models.size).toBe(2);
});

test('sources that were learned serve, are taken back, and come again after a restart', async () => {
  const limits = () => Object.fromEntries(placed().map(({ source, limit }) => [source, limit]));
  const learned = limits();
  expect(learned['history']).toBeGreaterThan(4);
  const bytes = packSources(new Map([[PAGE.id, { places: 32, sources: [{ source: 'popular', limit: 32 }] }]]));
  await engine.models.publish([{ name: 'sources', bytes, card: {}, by: 'test' }]);
  expect(limits()).toEqual({ popular: 32 });
  expect(await engine.models.rollback('sources', { reason: 'worse' }, 'ann')).toMatchObject({ version: 1 });
  expect(limits()).toEqual(learned);
  expect((await readState(directory)).learnedSources.of(engine.read('placement', PAGE.id)!)).toEqual(placed());
  await engine.models.tryOut('sources', 1, { status: 'retired' }, 'ann');
  expect(limits()).toEqual({ popular: 28, history: 4 });
});

test('how it went is told to who asks the server', async () => {
  const server = await startServer(engine, { port: 0 });
  const client = new RialtoClient({ url: server.url });
  expect((await client.models.list()).training).toMatchObject([{ outcome: 'published' }, { outcome: 'published' }]);
  engine.models.noteTraining({ model: 'ranker', outcome: 'failed', message: 'no space' });
  const text = await (await fetch(`${server.url}/metrics`)).text();
  expect(text).toContain('rialto_training_failed{model="ranker"} 1\n');
  expect(text).toContain('rialto_training_failed{model="sources"} 0\n');
  expect(text).toMatch(/rialto_training_at_seconds\{model="ranker"\} \d{10}/);
  await server.stop();
});
