/** Events over HTTP in batches of 100, each acknowledged once it is on disk; afterwards the log is read back and counted. */
import { systemClock } from '../src/base/clock.ts';
import { closedLoop } from './http-load.ts';
import { MarketFixture } from './market-fixture.ts';
import { type Figures, machine, quantile, rounded } from './report.ts';
import { ServerProcess } from './server-process.ts';

export interface IngestOptions {
  readonly listings: number;
  readonly seconds: number;
}

const BATCH = 100;
const CONNECTIONS = 16;
/** Made before the clock runs; more than can be taken in. */
const BATCHES_PER_SECOND = 1500;

export async function benchIngest({ listings, seconds }: IngestOptions): Promise<Figures> {
  const before = machine();
  const options = { listings, buyers: 20_000, eventsPerBuyer: 5, campaigns: 100, seed: 1 };
  const server = await ServerProcess.start(options);
  const fixture = new MarketFixture({ ...options, seed: 3 });
  const now = systemClock.now();
  // Numbered after those that the server was filled with.
  const bodies = Array.from({ length: BATCHES_PER_SECOND * seconds }, (_, i) =>
    JSON.stringify({ events: fixture.events(1_000_000 + i * BATCH, BATCH, now) }),
  );
  const start = await server.usage();
  const load = await closedLoop({
    url: server.ready.url,
    path: '/v1/events',
    bodies,
    connections: CONNECTIONS,
    seconds,
  });
  const end = await server.usage();
  const events = end.events - start.events;
  const records = await server.stop();
  return {
    ...before,
    listings,
    batch: BATCH,
    serverOnOneCore: server.pinned,
    eventsPerSecond: Math.round(events / load.seconds),
    cpuMicrosPerEvent: rounded((end.cpuMicros - start.cpuMicros) / events, 2),
    p50Ms: rounded(quantile(load.latenciesMs, 0.5), 2),
    p99Ms: rounded(quantile(load.latenciesMs, 0.99), 2),
    errors: load.errors,
    acknowledged: events,
    allInTheLog: records === server.ready.offset + events,
  };
}
