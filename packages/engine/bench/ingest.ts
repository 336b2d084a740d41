/**
 * Events over HTTP in batches of 100, acknowledged once they are flushed to the file log. Impressions and clicks carry tokens of
 * decisions made before, as those of a page do, and each token is verified. Afterwards the log is read from its start, and every
 * acknowledged event must be in it exactly once.
 */
import type { BuyerEvent, DecideResponse, EventsResponse } from '@rialto/sdk';
import { systemClock } from '../src/base/clock.ts';
import type { Rng } from '../src/base/rng.ts';
import { logDirectory } from '../src/delivery/data-directory.ts';
import { FileLog } from '../src/log/file-log.ts';
import type { Bench } from './bench.ts';
import { machineFacts, median, rounded } from './figures.ts';
import { type LoadResult, percentile, runLoad } from './load.ts';
import { buyerId, listingId, Marketplace, marketplaceOf } from './marketplace.ts';
import { drawRequest } from './page-requests.ts';
import { ServedEngine } from './served-engine.ts';
import { withTemporaryDirectory, writeLog } from './temporary.ts';

const BATCH = 100;
const CONNECTIONS = 16;
const ROUNDS = 3;
const ID_PREFIX = 'live-';

interface ShownItem {
  readonly token: string;
  readonly listing: string;
  readonly placement: string;
  readonly buyer: string;
}

export const ingestBench: Bench = (options) =>
  withTemporaryDirectory(async (directory) => {
    const { small, say } = options;
    const seconds = options.seconds ?? (small ? 0.5 : 8);
    const marketplace = new Marketplace(
      marketplaceOf(options.listings ?? (small ? 1_000 : 100_000), systemClock.now()),
    );
    say('writing the log of the marketplace');
    await writeLog(directory, marketplace.records());
    const server = await ServedEngine.start(directory);
    const events = new Events(marketplace, await showPages(server, marketplace, small ? 20 : 500));
    const rounds: { result: LoadResult; cpuMicros: number }[] = [];
    await postEvents(server, events, seconds / 4); // until the compiler has settled
    say(`${ROUNDS} rounds of ${seconds} s`);
    for (let i = 0; i < (small ? 1 : ROUNDS); i++) rounds.push(await postEvents(server, events, seconds));
    const { residentMiB } = await server.usage();
    await server.stop();
    say('reading the log');
    const found = await countLive(directory);
    const results = rounds.map(({ result }) => result);
    return {
      batch: BATCH,
      connections: CONNECTIONS,
      mix: 'impressions 50 % and clicks 12 % with tokens, views 25 %, cart-adds 5 %, purchases 8 %',
      eventsPerSecond: Math.round(median(results.map(({ completed, seconds: took }) => (completed * BATCH) / took))),
      cpuMicrosPerEvent: rounded(
        median(rounds.map(({ result, cpuMicros }) => cpuMicros / result.completed / BATCH)),
        2,
      ),
      batchP50Ms: median(results.map(({ latenciesMs }) => percentile(latenciesMs, 0.5))),
      batchP99Ms: median(results.map(({ latenciesMs }) => percentile(latenciesMs, 0.99))),
      errors: results.reduce((sum, { errors }) => sum + errors, 0),
      acknowledged: events.acknowledged,
      inLog: found.records,
      inLogDistinct: found.distinct,
      allInTheLog: found.records === events.acknowledged && found.distinct === events.acknowledged,
      residentMiB,
      machine: machineFacts(),
    };
  });

async function postEvents(server: ServedEngine, events: Events, seconds: number) {
  const before = await server.usage();
  const result = await runLoad({
    url: server.url,
    path: '/v1/events',
    connections: CONNECTIONS,
    seconds,
    body: () => events.batch(),
    check: (body) => events.check(body),
  });
  const after = await server.usage();
  return { result, cpuMicros: after.cpuMicros - before.cpuMicros };
}

async function showPages(server: ServedEngine, marketplace: Marketplace, pages: number): Promise<ShownItem[]> {
  const rng = marketplace.rng(7);
  const shown: ShownItem[] = [];
  for (let i = 0; i < pages; i++) {
    const request = drawRequest(marketplace, rng);
    const answer = await fetch(`${server.url}/v1/decide`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(request),
    });
    const { placements } = (await answer.json()) as DecideResponse;
    for (const { placement, items } of placements)
      for (const { token, id } of items) shown.push({ token, listing: id, placement, buyer: request.buyer! });
  }
  return shown;
}

/** What buyers do, without end, and what the server has acknowledged of it. */
class Events {
  readonly #marketplace: Marketplace;
  readonly #shown: readonly ShownItem[];
  readonly #rng: Rng;
  #next = 0;
  acknowledged = 0;

  constructor(marketplace: Marketplace, shown: readonly ShownItem[]) {
    this.#marketplace = marketplace;
    this.#shown = shown;
    this.#rng = marketplace.rng(8);
  }

  batch(): string {
    return JSON.stringify({ events: Array.from({ length: BATCH }, () => this.#event()) });
  }

  #event(): BuyerEvent {
    const id = `${ID_PREFIX}${this.#next++}`;
    const kind = this.#rng.unit();
    if (kind < 0.62)
      return { id, type: kind < 0.5 ? 'impression' : 'click', ...this.#shown[this.#rng.below(this.#shown.length)] };
    const listing = listingId(this.#marketplace.drawRow(this.#rng));
    const buyer = buyerId(this.#rng.below(this.#marketplace.size.buyers));
    if (kind < 0.87) return { id, type: 'view', buyer, listing };
    if (kind < 0.92) return { id, type: 'cart-add', buyer, listing };
    const order = `order-${buyer}-${this.#next >> 12}`;
    return { id, type: 'purchase', buyer, listing, order, quantity: 1, priceMicros: 12_990_000 };
  }

  check(body: string): void {
    const { accepted, duplicates, rejected } = JSON.parse(body) as EventsResponse;
    this.acknowledged += accepted;
    if (accepted !== BATCH || duplicates > 0)
      throw new Error(`not all were new and good: ${JSON.stringify(rejected[0])}`);
  }
}

async function countLive(directory: string): Promise<{ records: number; distinct: number }> {
  const log = await FileLog.open(logDirectory(directory), { readOnly: true });
  const ids = new Set<string>();
  let records = 0;
  for await (const batch of log.read(0, 0)) {
    for (const record of batch.records) {
      if (record.kind !== 'event' || !record.event.id.startsWith(ID_PREFIX)) continue;
      records++;
      ids.add(record.event.id);
    }
  }
  await log.close();
  return { records, distinct: ids.size };
}
