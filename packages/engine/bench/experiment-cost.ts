/**
 * What ten running experiments add to a decision. One engine, the same requests with the experiments running and stopped, by turns, so that whatever
 * else runs on the machine hits both alike. Two of the ten change configurations, the others carry values; all
 * concern every page, as the worst case has it.
 *
 *     overhead = Σ CPU with / Σ CPU without − 1, of whole decisions of the engine: assignment, patches, exposures in record and answer
 *
 * Turns are short, since what the machine does to both must not change between them; the error is that of the mean over rounds.
 */
import type { DecideRequest, Experiment } from '@rialto/sdk';
import type { Engine } from '../src/delivery/engine.ts';
import type { Bench } from './bench.ts';
import { cpuMicros, machineFacts, median, rounded } from './figures.ts';
import { fillEngine } from './filled-engine.ts';
import { Marketplace, marketplaceOf } from './marketplace.ts';
import { drawRequest } from './page-requests.ts';

const ENDS_AT = Date.UTC(2026, 0, 1);
const EXPERIMENTS = 10;
const PAGES = ['home', 'listing', 'category', 'search'];
const WARM_UP_ROUNDS = 10;
const DECISIONS = 200;

function experimentOf(number: number, status: 'running' | 'stopped'): Experiment {
  // Changes whose own work costs nothing more.
  const changes = [{ auction: { coinMicros: 20_000 } }, { reserveMicros: 20_000 }][number];
  return {
    id: `experiment-${number}`,
    status,
    unit: 'buyer',
    placements: PAGES,
    ...(number % 3 === 0 && { condition: { device: { $ne: 'app' } } }),
    ...(number % 4 === 0 && { layer: { name: 'pages', from: 0, to: 0.9 } }),
    variants: [
      { name: 'control', weight: 0.5, value: { text: 'as before' } },
      {
        name: 'treatment',
        weight: 0.5,
        value: { text: 'new' },
        ...(changes && { changes: Object.fromEntries(PAGES.map((page) => [page, changes])) }),
      },
    ],
  };
}

async function set(engine: Engine, status: 'running' | 'stopped'): Promise<void> {
  const experiments = Array.from({ length: EXPERIMENTS }, (_, number) => experimentOf(number, status));
  const { rejected } = await engine.save('experiment', experiments, 'bench');
  if (rejected.length > 0) throw new Error(rejected[0].message);
}

async function microsPerDecision(engine: Engine, requests: readonly DecideRequest[]): Promise<number> {
  const since = cpuMicros();
  for (const request of requests) {
    engine.decide(request);
    await undefined; // the record is applied
  }
  return (cpuMicros() - since) / requests.length;
}

function standardError(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1) / values.length);
}

export const experimentCostBench: Bench = async ({ small, listings, say }) => {
  const size = marketplaceOf(listings ?? (small ? 500 : 100_000), ENDS_AT);
  const marketplace = new Marketplace(size);
  const rng = marketplace.rng(6);
  say(`folding ${size.listings} listings and their history`);
  const engine = await fillEngine(marketplace);
  const rounds = small ? 2 : 100;
  const ratios: number[] = [];
  const micros = { with: 0, without: 0 };
  let exposures = 0;
  say(`${rounds} rounds`);
  for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
    const requests = Array.from({ length: small ? 30 : DECISIONS }, () => drawRequest(marketplace, rng));
    const took = { with: 0, without: 0 };
    // Who comes first changes, since the second finds the processor's caches filled.
    for (const which of round % 2 === 0 ? (['with', 'without'] as const) : (['without', 'with'] as const)) {
      await set(engine, which === 'with' ? 'running' : 'stopped');
      // What has to be compiled for an experiment's new record, for each outcome of all of them, is not of every decision.
      await microsPerDecision(engine, requests);
      if (which === 'with') exposures += engine.decide(requests[0]).experiments?.length ?? 0;
      took[which] = await microsPerDecision(engine, requests);
    }
    if (round < 0) continue;
    ratios.push(took.with / took.without);
    micros.with += took.with / rounds;
    micros.without += took.without / rounds;
  }
  return {
    listings: size.listings,
    experiments: EXPERIMENTS,
    exposuresPerDecision: rounded(exposures / (rounds + WARM_UP_ROUNDS)),
    microsPerDecision: { with: rounded(micros.with), without: rounded(micros.without) },
    overhead: rounded(micros.with / micros.without - 1, 4),
    overheadMedian: rounded(median(ratios) - 1, 4),
    overheadError: rounded(standardError(ratios), 4),
    machine: machineFacts(),
  };
};
