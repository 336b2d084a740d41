/**
 * How long decisions stand still while a server takes models in: the longest time between two turns of the thread that decides, from the first byte of an
 * upload to the moment at which the models serve. Who sends them is a thread of its own.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { Rng } from '../src/base/rng.ts';
import { openEngine } from '../src/delivery/data-directory.ts';
import type { Engine } from '../src/delivery/engine.ts';
import { FEATURE_NAMES } from '../src/features/catalogue.ts';
import { Embedding } from '../src/features/embedding.ts';
import { DEFAULT_DEEP_RANKING, trainDeepRanking } from '../src/learning/deep-ranking.ts';
import { categoryOf } from '../src/learning/examples.ts';
import { packDeepRanker, RANKING_COLUMNS } from '../src/ranking/deep-ranker.ts';
import { PRIOR_MODEL } from '../src/ranking/ranker.ts';
import { packSources } from '../src/retrieval/learned-sources.ts';
import { startServer } from '../src/server/listen.ts';
import type { Bench } from './bench.ts';
import { machineFacts, median, rounded } from './figures.ts';
import { withTemporaryDirectory } from './temporary.ts';

const LISTINGS = 100_000;
const SMALL_LISTINGS = 2_000;
const BATCH = 5_000;
const DIMENSIONS = 32;
const NEIGHBOURS = 24;
const EDGES = 40;
/** So many listings does the ranker's network know one by one. */
const KNOWN_SHARE = 0.3;

export const publishBench: Bench = async ({
  small,
  listings = small ? SMALL_LISTINGS : LISTINGS,
  rounds = small ? 1 : 5,
  say,
}) =>
  withTemporaryDirectory(async (directory) => {
    const engine = await openEngine(directory);
    say(`saving ${listings} listings`);
    await saveListings(engine, listings);
    const rng = new Rng(1);
    const models = { sources: sources(), ranker: ranker(listings, rng), embedding: embedding(listings, rng) };
    const server = await startServer(engine, { port: 0 });
    const figures: Record<string, object> = {};
    try {
      for (const [name, bytes] of Object.entries(models)) {
        const stalls: number[] = [];
        const seconds: number[] = [];
        for (let round = 0; round < rounds; round++) {
          const { stallMs, tookMs } = await published(server.url, name, bytes);
          stalls.push(stallMs);
          seconds.push(tookMs / 1_000);
        }
        say(`${name}: ${stalls.map((ms) => ms.toFixed(0)).join(' ')} ms`);
        figures[name] = {
          bytes: bytes.length,
          stallMs: rounded(median(stalls), 1),
          stallMsLeast: rounded(Math.min(...stalls), 1),
          seconds: rounded(median(seconds), 2),
        };
      }
    } finally {
      await server.stop();
    }
    return { ...machineFacts(), listings, rounds, ...figures };
  });

async function saveListings(engine: Engine, listings: number): Promise<void> {
  for (let from = 0; from < listings; from += BATCH)
    await engine.save(
      'listing',
      Array.from({ length: Math.min(BATCH, listings - from) }, (_, i) => ({
        id: `l${from + i}`,
        title: `Listing ${from + i}`,
        priceMicros: 1_000_000 + i,
        category: `c${i % 100}`,
      })),
      'bench',
    );
}

async function published(url: string, name: string, bytes: Uint8Array): Promise<{ stallMs: number; tookMs: number }> {
  const worker = new Worker(new URL('./publisher.js', import.meta.url), { workerData: { url, name, bytes } });
  await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  await sleep(200);
  let stallMs = 0;
  let last = performance.now();
  const begun = last;
  const ticks = setInterval(() => {
    const now = performance.now();
    stallMs = Math.max(stallMs, now - last - 1);
    last = now;
  }, 1);
  try {
    const answered = new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
    worker.postMessage('go');
    await answered;
    await sleep(20);
    return { stallMs, tookMs: performance.now() - begun };
  } finally {
    clearInterval(ticks);
    await worker.terminate();
  }
}

const sources = (): Uint8Array =>
  packSources(
    new Map(
      Array.from({ length: 12 }, (_, i) => [
        `page${i}`,
        {
          places: 200,
          sources: [{ source: 'popular', limit: 100 } as const, { source: 'category', limit: 100 } as const],
        },
      ]),
    ),
  );

function embedding(listings: number, rng: Rng): Uint8Array {
  const rows = (perListing: number) => Int32Array.from({ length: listings * perListing }, () => rng.below(listings));
  const weights = (perListing: number) => Float32Array.from({ length: listings * perListing }, () => 0.01 + rng.unit());
  const graph = () => ({ edgesPerListing: EDGES, fade: 1, targets: rows(EDGES), weights: weights(EDGES) });
  return Object.assign(new Embedding(), {
    dimensions: DIMENSIONS,
    neighboursPerListing: NEIGHBOURS,
    vectors: weights(DIMENSIONS),
    neighbours: rows(NEIGHBOURS),
    similarities: weights(NEIGHBOURS),
    graph: graph(),
    pageGraph: graph(),
  }).pack();
}

/** Of the form and size that a training makes, of choices that mean nothing. */
function ranker(listings: number, rng: Rng): Uint8Array {
  const each = 10;
  const groups = Math.ceil((listings * KNOWN_SHARE * 15) / each);
  const rows = groups * each;
  const known = Math.ceil(listings * KNOWN_SHARE);
  const width = RANKING_COLUMNS.rowIdentities.length;
  const learned = trainDeepRanking(
    PRIOR_MODEL,
    {
      values: Float32Array.from({ length: rows * FEATURE_NAMES.length }, () => rng.unit()),
      gates: new Uint8Array(rows),
      labels: Uint8Array.from({ length: rows }, (_, row) => (row % each === 2 ? 1 : 0)),
      groups: Int32Array.from({ length: groups + 1 }, (_, group) => group * each),
      rowIdentities: Int32Array.from({ length: rows * width }, (_, i) =>
        i % width === 0 ? categoryOf(`l${(i / width) % known}`) : 0,
      ),
      groupIdentities: new Int32Array(groups * RANKING_COLUMNS.groupIdentities.length),
    },
    RANKING_COLUMNS,
    { ...DEFAULT_DEEP_RANKING, passesMax: 1 },
  );
  return packDeepRanker(PRIOR_MODEL, { ...learned, scale: 1 });
}
