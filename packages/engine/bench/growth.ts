/**
 * What a decision costs as the catalogue grows, in this process: processor time of `Engine.decide`, tokens and encoding included,
 * for the same mix of pages. Buyers grow with the listings, so that each listing has as many events, each buyer as long a
 * history and each request as many candidates, whatever the size: with fewer events a listing, a large catalogue would have
 * less to weigh and look cheap. Sizes take turns in short rounds, so that what else runs on the machine hits all alike.
 */
import type { DecideRequest } from '@rialto/sdk';
import type { Engine } from '../src/delivery/engine.ts';
import type { Bench } from './bench.ts';
import { cpuMicros, machineFacts, median, rounded } from './figures.ts';
import { fillEngine } from './filled-engine.ts';
import { Marketplace, marketplaceOf } from './marketplace.ts';
import { drawRequest } from './page-requests.ts';
import { countCandidates } from './serve.ts';

const SIZES = [10_000, 100_000, 1_000_000];
const SMALL_SIZES = [500, 2_000];
const CAMPAIGNS = 250;
/** When the generated history ends; in-process clocks stand there. */
const ENDS_AT = Date.UTC(2026, 0, 1);

interface Subject {
  readonly listings: number;
  readonly engine: Engine;
  readonly draw: () => DecideRequest;
  /** Of a decision, by round, in microseconds. */
  readonly costs: number[];
  readonly candidates: number;
}

export const growthBench: Bench = async ({ small, say }) => {
  const sizes = small ? SMALL_SIZES : SIZES;
  const rounds = small ? 3 : 15;
  const decisions = small ? 50 : 1_000;
  const subjects: Subject[] = [];
  for (const listings of sizes) {
    say(`folding ${listings} listings and their history`);
    subjects.push(await subjectOf(listings, decisions));
  }
  say(`${rounds} rounds of ${decisions} decisions for each size`);
  for (let round = -2; round < rounds; round++) {
    for (const subject of subjects) {
      const cost = await costOf(subject, decisions);
      if (round >= 0) subject.costs.push(cost);
    }
  }
  const figures = subjects.map(({ listings, costs, candidates }) => ({
    listings,
    cpuMicrosPerDecision: rounded(median(costs)),
    candidates: rounded(candidates),
  }));
  return {
    sizes: figures,
    ratio: rounded(figures.at(-1)!.cpuMicrosPerDecision / figures[0].cpuMicrosPerDecision, 2),
    rounds,
    machine: machineFacts(),
  };
};

async function subjectOf(listings: number, decisions: number): Promise<Subject> {
  const marketplace = new Marketplace({
    ...marketplaceOf(listings, ENDS_AT),
    campaigns: Math.min(CAMPAIGNS, listings / 10),
  });
  const engine = await fillEngine(marketplace);
  const rng = marketplace.rng(6);
  const draw = (): DecideRequest => drawRequest(marketplace, rng);
  const counts = countCandidates(engine.state, Array.from({ length: decisions }, draw), ENDS_AT);
  const candidates = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return { listings, engine, draw, costs: [], candidates };
}

async function costOf({ engine, draw }: Subject, decisions: number): Promise<number> {
  const requests = Array.from({ length: decisions }, draw);
  const before = cpuMicros();
  for (const request of requests) {
    engine.decide(request);
    await undefined; // the record is applied
  }
  return (cpuMicros() - before) / decisions;
}
