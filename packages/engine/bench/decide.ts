/**
 * Decisions over HTTP: one server process on one core with a file log, the load from another. First how many a second it
 * gives, then how long one takes at 70 % of that, in an open loop.
 */
import { closedLoop, type LoadResult, openLoop } from './http-load.ts';
import { MarketFixture } from './market-fixture.ts';
import { type Figures, machine, quantile, rounded } from './report.ts';
import { ServerProcess } from './server-process.ts';

export interface DecideBenchOptions {
  readonly listings: number;
  readonly buyers: number;
  readonly seconds: number;
}

const LOAD_SHARE = 0.7;
const CONNECTIONS = 16;

export async function benchDecide({ listings, buyers, seconds }: DecideBenchOptions): Promise<Figures> {
  const before = machine();
  const options = { listings, buyers, eventsPerBuyer: 30, campaigns: 500, seed: 1 };
  const server = await ServerProcess.start(options);
  try {
    const fixture = new MarketFixture({ ...options, seed: 2 });
    const bodies = Array.from({ length: 5000 }, () => JSON.stringify(fixture.request()));
    const { url, candidates } = server.ready;
    const load = { url, path: '/v1/decide', bodies, connections: CONNECTIONS };
    // The first seconds go into compiling what is hot.
    await closedLoop({ ...load, seconds: Math.min(3, seconds) });
    const start = await server.usage();
    const full = await closedLoop({ ...load, seconds });
    const end = await server.usage();
    const perSecond = LOAD_SHARE * rate(full);
    const calm = await openLoop({ ...load, connections: 64, seconds, perSecond });
    const last = await server.usage();
    return {
      ...before,
      listings: server.ready.listings,
      candidates: Math.round(candidates),
      log: 'file',
      serverOnOneCore: server.pinned,
      requestsPerSecond: Math.round(rate(full)),
      cpuMicrosPerRequest: rounded((end.cpuMicros - start.cpuMicros) / (end.decisions - start.decisions)),
      atRequestsPerSecond: Math.round(rate(calm)),
      p50Ms: rounded(quantile(calm.latenciesMs, 0.5), 2),
      p90Ms: rounded(quantile(calm.latenciesMs, 0.9), 2),
      p99Ms: rounded(quantile(calm.latenciesMs, 0.99), 2),
      p999Ms: rounded(quantile(calm.latenciesMs, 0.999), 2),
      maxMs: rounded(quantile(calm.latenciesMs, 1), 2),
      errors: full.errors + calm.errors,
      unlogged: last.unlogged,
      rssMiB: Math.round(last.rssBytes / 2 ** 20),
    };
  } finally {
    await server.stop();
  }
}

const rate = ({ requests, errors, seconds }: LoadResult): number => (requests - errors) / seconds;
