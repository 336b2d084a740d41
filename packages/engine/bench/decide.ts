/**
 * Decisions over HTTP: one server process on one core, the file log as users run it, the load from another core. First the most
 * it can do (closed loop), then latencies at 70 % of that (open loop), and both again, since on a shared machine what it can do
 * is not the same a minute later. Medians over the rounds. A third part of each round has 70 % of the load that is wanted at least, whatever it can do;
 * and a fourth that load and the server as it is shipped, which decides in brief what has waited (server/turn-watch.ts): in all other parts it never does.
 *
 * Before the first round and after each a server that decides nothing is asked in the same way. A round is calm where what it took
 * before and after kept within what is wanted of a decision: what is measured then is the engine, and else mostly the machine.
 */
import type { DecideRequest, DecideResponse } from '@rialto/sdk';
import { systemClock } from '../src/base/clock.ts';
import type { Bench, BenchOptions, Figures } from './bench.ts';
import { machineFacts, median, rounded } from './figures.ts';
import { type LoadResult, percentile, runLoad } from './load.ts';
import { Marketplace, marketplaceOf } from './marketplace.ts';
import { drawRequest } from './page-requests.ts';
import { ReferenceServer } from './reference-server.ts';
import { canPin, pinSelf, ServedEngine } from './served-engine.ts';
import { canWatchStalls, StallWatch, untouchedBy } from './stall-watch.ts';
import { withTemporaryDirectory, writeLog } from './temporary.ts';

const ROUNDS = 10;
const SECONDS = 4;
/** What is wanted: of the most it can do, and of the 99th percentile at that share of it. */
const WANTED_PER_SECOND = 3_000;
const P99_WANTED_MS = 5;
const LOAD_SHARE = 0.7;
const CLOSED_CONNECTIONS = 32;
const OPEN_CONNECTIONS = 256;
/** Every so many answers are parsed and looked into; of the others only the beginning is. */
const CHECK_EVERY = 50;
/** Of a request's processor time, what HTTP takes of it. */
const HTTP_MICROS = 60;
/** What a server answers that cannot keep up with what it is offered. */
const REFUSAL = 'HTTP/1.1 503 Service Unavailable {"error":{"code":"overloaded"';
const REFERENCE_BODY = '{"buyer":"b1","placements":["home"]}';
const SERVER_CORE = 0;
const LOAD_CORE = 1;

interface Round {
  /** Share of its decisions that were made in brief. */
  readonly inBrief: number;
  readonly requestsPerSecond: number;
  readonly cpuMicrosPerRequest: number;
  readonly result: LoadResult;
}

interface OpenRound extends Round {
  /** Of the requests that no stall of the machine touched; undefined where that cannot be told. */
  readonly untouchedMs: Float64Array | undefined;
  /** Share of the time in which one of the cores stood still. */
  readonly stalled: number;
}

export const decideBench: Bench = (options) =>
  withTemporaryDirectory(async (directory) => {
    const { small, say, profile } = options;
    const listings = options.listings ?? (small ? 2_000 : 100_000);
    const marketplace = new Marketplace(marketplaceOf(listings, systemClock.now()));
    say(`writing a log of ${listings} listings and their history`);
    const records = await writeLog(directory, marketplace.records());
    say(`starting the server on ${records} records`);
    const server = await ServedEngine.start(directory, { core: SERVER_CORE, ...(profile && { profile }) });
    pinSelf(LOAD_CORE);
    try {
      return { ...(await measure(server, marketplace, options)), records };
    } finally {
      await server.stop();
    }
  });

async function measure(server: ServedEngine, marketplace: Marketplace, options: BenchOptions): Promise<Figures> {
  const seconds = options.seconds ?? (options.small ? 0.5 : SECONDS);
  const requests = new Requests(marketplace);
  const closed = (duration: number, url?: string) =>
    measureRound(server, requests, { seconds: duration, connections: CLOSED_CONNECTIONS, url });
  const rounds: Round[] = [];
  const opens: OpenRound[] = [];
  const wanted: OpenRound[] = [];
  const shipped: OpenRound[] = [];
  const cores = canPin() && canWatchStalls() ? [SERVER_CORE, LOAD_CORE] : [];
  const reference = ({ cpuMicrosPerRequest }: Round) =>
    measureReference(Math.max(cpuMicrosPerRequest - HTTP_MICROS, 1), seconds);
  await closed(seconds, server.shippedUrl);
  const references = [await reference(await closed(seconds))]; // by then the compiler has settled
  for (let i = 0; i < (options.rounds ?? (options.small ? 1 : ROUNDS)); i++) {
    const most = await closed(seconds);
    const open = (requestsPerSecond: number, url?: string) => {
      const load = { seconds, connections: OPEN_CONNECTIONS, requestsPerSecond, url };
      return besideWatches(cores, () => measureRound(server, requests, load));
    };
    const requestsPerSecond = Math.floor(LOAD_SHARE * most.requestsPerSecond);
    rounds.push(most);
    opens.push(await open(requestsPerSecond));
    wanted.push(await open(LOAD_SHARE * WANTED_PER_SECOND));
    shipped.push(await open(LOAD_SHARE * WANTED_PER_SECOND, server.shippedUrl));
    references.push(await reference(most));
    const beside = `the server that decides nothing ${references.at(-2)} ms before and ${references.at(-1)} ms after`;
    options.say(
      `${Math.round(most.requestsPerSecond)} requests/s; p99 at ${requestsPerSecond}/s ${p99Of(opens.at(-1)!)}, at ${LOAD_SHARE * WANTED_PER_SECOND}/s ${p99Of(wanted.at(-1)!)}; as shipped ${p99Of(shipped.at(-1)!)}, ${rounded(100 * shipped.at(-1)!.inBrief, 1)} % in brief; ${beside}`,
    );
  }
  const most = median(rounds.map(({ requestsPerSecond }) => requestsPerSecond));
  const candidates = await server.candidates(requests.sample(options.small ? 20 : 400));
  const all = [...rounds, ...opens, ...wanted, ...shipped].map(({ result }) => result);
  return {
    listings: marketplace.size.listings,
    buyers: marketplace.size.buyers,
    campaigns: marketplace.size.campaigns,
    mix: 'home 60 %, listing 20 %, category 10 %, search 10 %',
    log: 'file, flushed, written while deciding',
    candidates: rounded(candidates.reduce((sum, count) => sum + count, 0) / candidates.length),
    candidatesMeasured: `the pipeline run on the server's state for ${candidates.length} of the requests sent; all candidates are scored`,
    requestsPerSecond: Math.round(most),
    requestsPerSecondRounds: rounds.map((round) => Math.round(round.requestsPerSecond)),
    cpuMicrosPerRequest: rounded(median(rounds.map((round) => round.cpuMicrosPerRequest))),
    atLoad: Math.round(median(opens.map(({ requestsPerSecond }) => requestsPerSecond))),
    ...latencies(opens.map(({ result }) => result)),
    ...stallsOf(opens),
    ...calmOf(opens, references),
    ...ofWantedLoad(wanted),
    ...asShipped(shipped),
    referenceP99Ms: median(references),
    referenceP99MsRounds: references,
    reference:
      'a server that does as much arithmetic a request and nothing else, at the same share of its own most, before and after each round',
    requests: all.reduce((sum, { completed }) => sum + completed, 0),
    refused: requests.refused,
    errors: all.reduce((sum, { errors }) => sum + errors, 0),
    ...firstErrorOf(all),
    residentMiB: (await server.usage()).residentMiB,
    pinned: canPin() ? { server: SERVER_CORE, load: LOAD_CORE } : false,
    machine: machineFacts(),
  };
}

/** A round while the stalls of some cores are watched. */
async function besideWatches(cores: readonly number[], round: () => Promise<Round>): Promise<OpenRound> {
  const watches = await Promise.all(cores.map((core) => StallWatch.start(core)));
  const measured = await round();
  const stalls = (await Promise.all(watches.map((watch) => watch.stop()))).flat();
  const stalledMs = stalls.reduce((sum, { from, to }) => sum + to - from, 0);
  return {
    ...measured,
    untouchedMs: cores.length === 0 ? undefined : untouchedBy(stalls, LOAD_SHARE, measured.result),
    stalled: stalledMs / 1_000 / measured.result.seconds,
  };
}

function p99Of({ result, untouchedMs }: OpenRound): string {
  const all = `${rounded(percentile(result.latenciesMs, 0.99), 2)} ms`;
  if (untouchedMs === undefined) return all;
  return `${all}, ${rounded(percentile(untouchedMs, 0.99), 2)} ms without the stalls of the machine`;
}

/** What is left of the latencies without what the machine's host did, where that can be told. */
function stallsOf(rounds: readonly OpenRound[]): Figures {
  const told = rounds.flatMap(({ untouchedMs, result, stalled }) =>
    untouchedMs === undefined ? [] : [{ untouchedMs, stalled, kept: untouchedMs.length / result.completed }],
  );
  if (told.length === 0) return { withoutStalls: 'not told: a process of the real-time class may not be started here' };
  const p99s = told.map(({ untouchedMs }) => percentile(untouchedMs, 0.99));
  return {
    p99MsWithoutStalls: median(p99s),
    p99MsWithoutStallsRounds: p99s,
    requestsUntouched: told.map(({ kept }) => rounded(kept, 3)),
    timeStalled: told.map(({ stalled }) => rounded(stalled, 3)),
  };
}

function ofWantedLoad(rounds: readonly OpenRound[]): Figures {
  const p99s = rounds.map(({ result }) => percentile(result.latenciesMs, 0.99));
  return {
    atLoadWanted: LOAD_SHARE * WANTED_PER_SECOND,
    p99MsAtLoadWanted: median(p99s),
    p99MsAtLoadWantedRounds: p99s,
  };
}

/** What keeps the tail short while the machine is slower than it was, and what that costs. */
function asShipped(rounds: readonly OpenRound[]): Figures {
  const p99s = rounds.map(({ result }) => percentile(result.latenciesMs, 0.99));
  return {
    p99MsShipped: median(p99s),
    p99MsShippedRounds: p99s,
    inBrief: rounded(median(rounds.map(({ inBrief }) => inBrief)), 4),
    inBriefRounds: rounds.map(({ inBrief }) => rounded(inBrief, 4)),
  };
}

/** Of the rounds before and after which the machine let a server that decides nothing keep what is wanted. references: [rounds + 1] */
function calmOf(rounds: readonly OpenRound[], references: readonly number[]): Figures {
  const calm = rounds.filter((_, i) => Math.max(references[i], references[i + 1]) <= P99_WANTED_MS);
  if (calm.length === 0) return { calmRounds: 0 };
  const p99s = calm.map(({ result }) => percentile(result.latenciesMs, 0.99));
  return { calmRounds: calm.length, p99MsCalm: median(p99s), p99MsCalmRounds: p99s };
}

/** The 99th percentile of a server that decides nothing, at the same share of what it can do. */
async function measureReference(micros: number, seconds: number): Promise<number> {
  const server = await ReferenceServer.start(micros, canPin() ? SERVER_CORE : undefined);
  const load = { url: server.url, path: '/', body: () => REFERENCE_BODY, check: () => true };
  try {
    const { completed, seconds: took } = await runLoad({
      ...load,
      seconds: seconds / 2,
      connections: CLOSED_CONNECTIONS,
    });
    const requestsPerSecond = Math.floor((LOAD_SHARE * completed) / took);
    const open = await runLoad({ ...load, seconds, connections: OPEN_CONNECTIONS, requestsPerSecond });
    return percentile(open.latenciesMs, 0.99);
  } finally {
    await server.stop();
  }
}

interface RoundInput {
  readonly seconds: number;
  readonly connections: number;
  readonly requestsPerSecond?: number;
  /** Where every decision has all of its work, where absent. */
  readonly url?: string | undefined;
}

async function measureRound(
  server: ServedEngine,
  requests: Requests,
  { url = server.url, ...input }: RoundInput,
): Promise<Round> {
  const before = await server.usage();
  const result = await runLoad({
    url,
    path: '/v1/decide',
    body: () => JSON.stringify(requests.next()),
    check: (body) => requests.check(body),
    ...input,
  });
  const after = await server.usage();
  return {
    requestsPerSecond: result.completed / result.seconds,
    cpuMicrosPerRequest: (after.cpuMicros - before.cpuMicros) / result.completed,
    inBrief: (after.decisionsBrownout - before.decisionsBrownout) / (after.decisions - before.decisions),
    result,
  };
}

/** The stream of requests, and what an answer must look like. */
class Requests {
  readonly #marketplace: Marketplace;
  readonly #rng;
  #answers = 0;
  /** Those that had waited too long. */
  refused = 0;

  constructor(marketplace: Marketplace) {
    this.#marketplace = marketplace;
    this.#rng = marketplace.rng(6);
  }

  next(): DecideRequest {
    return drawRequest(this.#marketplace, this.#rng);
  }

  sample(count: number): DecideRequest[] {
    return Array.from({ length: count }, () => this.next());
  }

  check(body: string): void {
    if (body.startsWith(REFUSAL)) {
      this.refused++;
      return;
    }
    if (!body.startsWith('{"decisionId":"')) throw new Error(`not a decision: ${body.slice(0, 200)}`);
    if (this.#answers++ % CHECK_EVERY !== 0) return;
    const { placements } = JSON.parse(body) as DecideResponse;
    const { placement, items } = placements[0];
    const ids = new Set(items.map(({ id }) => id));
    if (ids.size !== items.length) throw new Error(`placement ${placement} shows a listing twice`);
    if (placement !== 'search' && items.length < 8) throw new Error(`placement ${placement} has ${items.length} items`);
    if (items.some(({ token }) => token === '')) throw new Error(`an item of ${placement} has no token`);
  }
}

function latencies(results: readonly LoadResult[]): Figures {
  const at = (share: number): number[] => results.map(({ latenciesMs }) => percentile(latenciesMs, share));
  return {
    p50Ms: median(at(0.5)),
    p90Ms: median(at(0.9)),
    p99Ms: median(at(0.99)),
    p99MsRounds: at(0.99),
    p999Ms: median(at(0.999)),
    maxMs: Math.max(...at(1)),
  };
}

function firstErrorOf(results: readonly LoadResult[]): Figures {
  const firstError = results.find((result) => result.firstError !== undefined)?.firstError;
  return firstError === undefined ? {} : { firstError };
}
