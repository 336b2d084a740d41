/**
 * Replay: thousands of decisions of a simulated marketplace, with ads, a model published on the way and checkpoints, are made
 * again from the log and from a checkpoint. Every one must come out the same, items and prices.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ManualClock } from '../src/base/clock.ts';
import { millis } from '../src/base/units.ts';
import { applyRecord } from '../src/delivery/apply.ts';
import { logDirectory, openCheckpoints, openEngine } from '../src/delivery/data-directory.ts';
import { decideAgain } from '../src/delivery/explain.ts';
import { rebuild } from '../src/delivery/rebuild.ts';
import type { State } from '../src/delivery/state.ts';
import { Workspace } from '../src/delivery/workspace.ts';
import { FileLog } from '../src/log/file-log.ts';
import type { DecisionRecord, LogRecord } from '../src/log/record.ts';
import { saveWorld } from '../src/simulator/save-world.ts';
import { Simulation } from '../src/simulator/simulation.ts';
import { generateWorld } from '../src/simulator/world.ts';
import { basketsOf, readHistory } from '../src/training/history.ts';
import { Replay } from '../src/training/replay.ts';
import { trainRanker } from '../src/training/train-ranker.ts';

const DECISIONS = 10_000;
const START = Date.UTC(2026, 0, 5);

let directory: string;
let records: LogRecord[];
let explained: boolean[];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rialto-again-'));
  const clock = new ManualClock(millis(START));
  let drawn = 0;
  const engine = await openEngine(directory, {
    clock,
    nonce: () => `n${(drawn++).toString(36)}`,
    checkpointEvery: 20_000,
  });
  const world = generateWorld({ listings: 800, buyers: 300, visitsPerDay: 400 }, 7);
  await saveWorld(engine, world);
  const simulation = new Simulation({ engine, world, clock, seed: 7 });
  while (engine.counters.decisions < DECISIONS / 2) await simulation.run({ visits: simulation.counts.visits + 50 });
  const log = await FileLog.open(logDirectory(directory), { readOnly: true });
  const history = await readHistory(log);
  const past = new Replay(history);
  const [trained] = trainRanker(past, basketsOf(history), { seed: 1 });
  await engine.models.publish([
    { name: 'embedding', bytes: past.state.signals.embedding.pack(), card: {}, by: 'test' },
  ]);
  await engine.models.publish([{ name: 'ranker', bytes: trained!.bytes, card: {}, by: 'test' }]);
  while (engine.counters.decisions < DECISIONS) await simulation.run({ visits: simulation.counts.visits + 50 });
  const made = await decisionsOf(directory);
  const sample = made.filter((_, i) => i % Math.floor(made.length / 8) === 0);
  explained = [];
  for (const { id } of sample) explained.push((await engine.explain(id)).identical);
  await engine.close();
  records = await readAll(directory);
}, 240_000);

afterAll(() => rm(directory, { recursive: true, force: true }));

async function readAll(path: string): Promise<LogRecord[]> {
  const log = await FileLog.open(logDirectory(path), { readOnly: true });
  const all: LogRecord[] = [];
  for await (const batch of log.read(0, 0)) all.push(...batch.records);
  return all;
}

async function decisionsOf(path: string): Promise<DecisionRecord[]> {
  return (await readAll(path)).filter((record): record is DecisionRecord => record.kind === 'decision');
}

/** Folds on from `state` and decides again wherever a decision was made; returns how many there were and which came out otherwise. */
function replay(state: State): { decided: number; different: string[] } {
  const due = new Map<number, DecisionRecord[]>();
  for (const record of records) {
    if (record.kind !== 'decision') continue;
    const made = due.get(record.stateOffset);
    if (made) made.push(record);
    else due.set(record.stateOffset, [record]);
  }
  const workspace = new Workspace();
  const different: string[] = [];
  let decided = 0;
  for (let offset = state.offset; offset <= records.length; offset++) {
    for (const decision of due.get(offset) ?? []) {
      decided++;
      if (!decideAgain(state, decision, workspace)) different.push(decision.id);
    }
    if (offset < records.length) applyRecord(state, records[offset]!);
  }
  return { decided, different };
}

describe('decisions made again', () => {
  test('from the start of the log: all of them identical', async () => {
    const log = await FileLog.open(logDirectory(directory), { readOnly: true });
    const { decided, different } = replay(await rebuild({ log, offset: 0 }));
    expect(decided).toBeGreaterThanOrEqual(DECISIONS);
    expect(different).toEqual([]);
  });

  test('from each checkpoint on: all of them identical', async () => {
    const log = await FileLog.open(logDirectory(directory), { readOnly: true });
    const checkpoints = openCheckpoints(directory);
    const list = await checkpoints.list();
    expect(list.length).toBeGreaterThan(0);
    for (const { offset } of list) {
      const { decided, different } = replay(await rebuild({ log, checkpoints, offset }));
      expect(decided).toBeGreaterThan(0);
      expect(different).toEqual([]);
    }
  });

  test('one by one, as the debugger does it', () => {
    expect(explained.length).toBeGreaterThanOrEqual(8);
    expect(explained).toEqual(explained.map(() => true));
  });

  test('there was something to get wrong: ads, a model, many listings', () => {
    const decisions = records.filter((record): record is DecisionRecord => record.kind === 'decision');
    const ads = decisions.flatMap(({ placements }) =>
      placements.flatMap(({ pricesMicros }) => pricesMicros.filter((price) => price > 0)),
    );
    expect(ads.length).toBeGreaterThan(1000);
    expect(new Set(ads).size).toBeGreaterThan(5);
    expect(records.filter(({ kind }) => kind === 'model')).toHaveLength(2);
    expect(records.some(({ kind }) => kind === 'event')).toBe(true);
  });

  test('a price that is off by one micro is noticed', async () => {
    const charged = records.find(
      (record): record is DecisionRecord =>
        record.kind === 'decision' &&
        record.placements.some(({ pricesMicros }) => pricesMicros.some((price) => price > 0)),
    )!;
    const log = await FileLog.open(logDirectory(directory), { readOnly: true });
    const state = await rebuild({ log, offset: charged.stateOffset });
    const placements = charged.placements.map((placement) => ({
      ...placement,
      pricesMicros: placement.pricesMicros.map((price) => (price > 0 ? price + 1 : 0)),
    }));
    expect(decideAgain(state, charged, new Workspace())).toBe(true);
    expect(decideAgain(state, { ...charged, placements }, new Workspace())).toBe(false);
  });
});
