/** A server to measure, in a process of its own: fills a temporary directory, listens, and answers questions over IPC. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../src/base/clock.ts';
import { openEngine } from '../src/delivery/data-directory.ts';
import { decide } from '../src/delivery/decide.ts';
import type { Engine } from '../src/delivery/engine.ts';
import { Workspace } from '../src/delivery/workspace.ts';
import { FileLog } from '../src/log/file-log.ts';
import { startServer } from '../src/server/listen.ts';
import { type FixtureOptions, MarketFixture } from './market-fixture.ts';
import { progress } from './report.ts';

const fixture = new MarketFixture(JSON.parse(process.argv[2]!) as FixtureOptions);
const directory = await mkdtemp(join(tmpdir(), 'rialto-bench-'));
const engine = await openEngine(directory);
await fixture.load(engine, systemClock.now(), progress);
const server = await startServer(engine, { port: 0 });

export type Question = 'usage' | 'stop';
export interface Usage {
  readonly cpuMicros: number;
  readonly decisions: number;
  readonly unlogged: number;
  readonly events: number;
  readonly rssBytes: number;
}

process.on('message', async (question: Question) => {
  if (question === 'usage') {
    process.send!(usage());
    return;
  }
  await server.stop();
  const records = await countRecords(directory);
  await rm(directory, { recursive: true, force: true });
  process.send!({ records });
  process.disconnect();
});
process.send!({
  url: server.url,
  candidates: meanCandidates(engine, 2000),
  listings: engine.state.market.listings.size,
  offset: engine.offset,
});

function usage(): Usage {
  const { user, system } = process.cpuUsage();
  const { decisions, decisionsUnlogged, eventsAccepted } = engine.counters;
  return {
    cpuMicros: user + system,
    decisions,
    unlogged: decisionsUnlogged,
    events: eventsAccepted,
    rssBytes: process.memoryUsage.rss(),
  };
}

/** Candidates scored for a request: counted in this process on a sample of the same requests. */
function meanCandidates({ state }: Engine, sample: number): number {
  const workspace = new Workspace();
  let scored = 0;
  for (let i = 0; i < sample; i++) {
    decide(state, { id: `sample-${i}`, at: systemClock.now(), request: fixture.request() }, workspace);
    scored += workspace.candidates.size;
  }
  return scored / sample;
}

async function countRecords(path: string): Promise<number> {
  const log = await FileLog.open(join(path, 'log'), { readOnly: true });
  let records = 0;
  for await (const batch of log.read(0, 0)) records += batch.records.length;
  return records;
}
