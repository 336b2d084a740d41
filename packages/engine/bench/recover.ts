/**
 * Coming back: how fast the log is folded, and how long a start takes from a checkpoint of a large catalogue. The log has what
 * a marketplace's has: mostly views and clicks, some carts, orders, decisions and changed listings.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../src/base/clock.ts';
import { openEngine } from '../src/delivery/data-directory.ts';
import { rebuild } from '../src/delivery/rebuild.ts';
import { STATE_SCHEMA } from '../src/delivery/state.ts';
import { CheckpointStore } from '../src/log/checkpoint.ts';
import { FileLog } from '../src/log/file-log.ts';
import { MarketFixture } from './market-fixture.ts';
import { type Figures, machine, progress, rounded } from './report.ts';

export interface RecoverOptions {
  /** Listings of the log that is folded. */
  readonly foldListings: number;
  /** Events of it. */
  readonly events: number;
  /** Listings of the checkpoint. */
  readonly checkpointListings: number;
}

export async function benchRecover({ foldListings, events, checkpointListings }: RecoverOptions): Promise<Figures> {
  const before = machine();
  return { ...before, ...(await fold(foldListings, events)), ...(await start(checkpointListings)) };
}

async function inDirectory<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'rialto-bench-'));
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function fold(listings: number, events: number): Promise<Figures> {
  return inDirectory(async (directory) => {
    const buyers = Math.ceil(events / 20);
    const fixture = new MarketFixture({ listings, buyers, eventsPerBuyer: 20, campaigns: 200, seed: 1 });
    const engine = await openEngine(directory, {
      nonce: () => randomBytes(6).toString('hex'),
      checkpointEvery: Number.POSITIVE_INFINITY,
    });
    await fixture.load(engine, systemClock.now(), progress);
    for (let i = 0; i < events / 10; i++) {
      engine.decide(fixture.request());
      if (i % 200 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await engine.close();
    await rm(join(directory, 'checkpoints'), { recursive: true, force: true });
    const log = await FileLog.open(join(directory, 'log'), { readOnly: true });
    const startedAt = performance.now();
    const state = await rebuild({ log });
    const seconds = (performance.now() - startedAt) / 1000;
    return {
      foldedRecords: state.offset,
      foldedListings: listings,
      foldSeconds: rounded(seconds, 2),
      recordsPerSecond: Math.round(state.offset / seconds),
    };
  });
}

function start(listings: number): Promise<Figures> {
  return inDirectory(async (directory) => {
    const fixture = new MarketFixture({ listings, buyers: 50_000, eventsPerBuyer: 10, campaigns: 500, seed: 1 });
    const engine = await openEngine(directory);
    await fixture.load(engine, systemClock.now(), progress);
    await engine.close();
    const store = new CheckpointStore({ directory: join(directory, 'checkpoints'), schema: STATE_SCHEMA });
    const newest = (await store.list())[0];
    const startedAt = performance.now();
    const again = await openEngine(directory);
    const seconds = (performance.now() - startedAt) / 1000;
    const whole = again.state.market.listings.size === listings && again.offset === engine.offset;
    await again.close();
    return {
      checkpointListings: listings,
      checkpointMiB: newest ? Math.round((await stat(newest.path)).size / 2 ** 20) : 0,
      recordsAfterCheckpoint: again.offset - (newest?.offset ?? 0),
      startSeconds: rounded(seconds, 2),
      startedWhole: whole,
    };
  });
}
