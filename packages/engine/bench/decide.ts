/**
 * Decisions over HTTP: one server process on one core with a file log, the load from another. First how many a second it
 * gives, then how long one takes at 70 % of that, in an open loop.
 */
import autocannon from 'autocannon';
import { openLoop } from './http-load.ts';
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
  const options = { listings, buyers, eventsPerBuyer: 15, campaigns: 500, seed: 1 };
  const server = await ServerProcess.start(options);
  try {
    const fixture = new MarketFixture({ ...options, seed: 2 });
    const bodies = Array.from({ length: 5000 }, () => JSON.stringify(fixture.request()));
    const { url, candidates } = server.ready;
    await closed(url, bodies, Math.min(3, seconds));
    const start = await server.usage();
    const full = await closed(url, bodies, seconds);
    const end = await server.usage();
    const perSecond = LOAD_SHARE * full.perSecond;
    const calm = await openLoop({ url, path: '/v1/decide', bodies, connections: 64, seconds, perSecond });
    const last = await server.usage();
    return {
      ...before,
      listings: server.ready.listings,
      candidates: Math.round(candidates),
      log: 'file',
      serverOnOneCore: server.pinned,
      requestsPerSecond: Math.round(full.perSecond),
      cpuMicrosPerRequest: rounded((end.cpuMicros - start.cpuMicros) / (end.decisions - start.decisions)),
      atRequestsPerSecond: Math.round(calm.requests / calm.seconds),
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

async function closed(
  url: string,
  bodies: readonly string[],
  duration: number,
): Promise<{ perSecond: number; errors: number }> {
  const requests = bodies.map((body) => ({
    method: 'POST' as const,
    path: '/v1/decide',
    headers: { 'content-type': 'application/json' },
    body,
  }));
  const startedAt = performance.now();
  const result = await autocannon({ url, connections: CONNECTIONS, duration, requests });
  return { perSecond: result['2xx'] / ((performance.now() - startedAt) / 1000), errors: result.errors + result.non2xx };
}
