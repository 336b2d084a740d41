/**
 * Coming back: how fast a log of mixed records is folded (read, checked, decoded, applied), and how long a start from a
 * checkpoint of a large catalogue takes, from the start of the process until it answers that it is ready. Files were written
 * just before, so the system's cache has them: a start after a reboot also waits for the disk.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { SnapshotWriter } from '../src/base/snapshot.ts';
import { workerUrl } from '../src/base/worker-url.ts';
import { applyRecord } from '../src/delivery/apply.ts';
import { logDirectory, openCheckpoints } from '../src/delivery/data-directory.ts';
import { rebuild } from '../src/delivery/rebuild.ts';
import { State } from '../src/delivery/state.ts';
import { FileLog } from '../src/log/file-log.ts';
import type { Bench, BenchOptions, Figures } from './bench.ts';
import { cpuMicros, machineFacts, median, rounded } from './figures.ts';
import { liveRecords } from './live-records.ts';
import { Marketplace, marketplaceOf } from './marketplace.ts';
import { ServedEngine, shippedStart } from './served-engine.ts';
import { withTemporaryDirectory, writeLog } from './temporary.ts';

const ENDS_AT = Date.UTC(2026, 0, 1);
const REPEATS = 3;

export const recoverBench: Bench = async (options) => ({
  fold: await withTemporaryDirectory((directory) => measureFold(directory, options)),
  start: await withTemporaryDirectory((directory) => measureStart(directory, options)),
  machine: machineFacts(),
});

async function measureFold(directory: string, { small, say }: BenchOptions): Promise<Figures> {
  const marketplace = new Marketplace(marketplaceOf(small ? 500 : 20_000, ENDS_AT));
  const live = small ? 5_000 : 1_000_000;
  say(`writing a log of ${live} mixed records`);
  const before = await writeLog(directory, marketplace.entities());
  const end = before + (await writeLog(directory, liveRecords(marketplace, live)));
  const rates: number[] = [];
  const cpu: number[] = [];
  let folded = 0;
  for (let i = 0; i < (small ? 1 : REPEATS); i++) {
    const once = foldInProcess(directory);
    rates.push(once.records / once.seconds);
    cpu.push(once.cpuMicros / once.records);
    folded = once.records;
    say(`${Math.round(rates.at(-1)!)} records/s`);
  }
  return {
    records: end,
    folded,
    mix: 'impressions 40 %, views 25 %, clicks 5 %, cart-adds 5 %, purchases 10 %, decisions 10 %, listings changed 5 %',
    recordsPerSecond: Math.round(median(rates)),
    cpuMicrosPerRecord: rounded(median(cpu), 2),
  };
}

interface Folded {
  readonly records: number;
  readonly seconds: number;
  readonly cpuMicros: number;
}

/** In a new process with the flags that `rialto` has, as a start does it: nothing is compiled yet and nothing else is in memory. */
function foldInProcess(directory: string): Folded {
  const main = fileURLToPath(workerUrl(import.meta.url, './main.ts'));
  const { flags, env } = shippedStart();
  const printed = execFileSync(process.execPath, [...flags, main, 'fold', directory], { encoding: 'utf8', env });
  return JSON.parse(printed) as Folded;
}

/** The process behind it: folds the log of a data directory and says what that took. */
export async function fold(directory: string): Promise<void> {
  const log = await FileLog.open(logDirectory(directory), { readOnly: true });
  const cpuBefore = cpuMicros();
  const startedAt = performance.now();
  const { offset: records } = await rebuild({ log });
  const seconds = (performance.now() - startedAt) / 1_000;
  process.stdout.write(JSON.stringify({ records, seconds, cpuMicros: cpuMicros() - cpuBefore } satisfies Folded));
  await log.close();
}

async function measureStart(directory: string, options: BenchOptions): Promise<Figures> {
  const { small, say } = options;
  const listings = options.listings ?? (small ? 1_000 : 1_000_000);
  const marketplace = new Marketplace({ ...marketplaceOf(listings, ENDS_AT), buyers: Math.ceil(listings / 20) });
  say(`folding ${listings} listings and writing their checkpoint`);
  const state = new State();
  const offset = await writeLog(directory, marketplace.records(), (record) => applyRecord(state, record));
  const snapshot = new SnapshotWriter();
  state.save(snapshot);
  const checkpoints = openCheckpoints(directory);
  const log = await FileLog.open(logDirectory(directory), { readOnly: true });
  await checkpoints.write(log, offset, snapshot.sections);
  await log.close();
  const [{ bytes }] = await checkpoints.list();
  const rest = await writeLog(directory, liveRecords(marketplace, small ? 100 : 10_000));
  const seconds: number[] = [];
  let residentMiB = 0;
  let ready = 0;
  for (let i = 0; i < (small ? 1 : REPEATS); i++) {
    const server = await ServedEngine.start(directory);
    seconds.push(server.startSeconds);
    ({ residentMiB } = await server.usage());
    ready = ((await (await fetch(`${server.url}/readyz`)).json()) as { offset: number }).offset;
    await server.stop();
    say(`ready after ${rounded(server.startSeconds, 2)} s`);
  }
  return {
    listings,
    startSeconds: rounded(median(seconds), 2),
    checkpointMiB: rounded(bytes / 2 ** 20),
    recordsAfterCheckpoint: rest,
    wholeLogApplied: ready === offset + rest,
    residentMiB,
  };
}
