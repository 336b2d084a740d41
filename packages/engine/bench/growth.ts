/**
 * What a decision costs as the catalogue grows: CPU time of `decide` and of logging it, in process. Buyers and their pasts are
 * as many in each size, so what grows is what a decision has to find its way through.
 */
import { randomBytes } from 'node:crypto';
import { systemClock } from '../src/base/clock.ts';
import { Engine } from '../src/delivery/engine.ts';
import { MemoryLog } from '../src/log/memory-log.ts';
import { MarketFixture } from './market-fixture.ts';
import { type Figures, machine, median, progress, rounded } from './report.ts';

export interface GrowthOptions {
  readonly sizes: readonly number[];
  readonly buyers: number;
  readonly rounds: number;
  readonly decisionsPerRound: number;
}

interface Measured {
  readonly engine: Engine;
  readonly fixture: MarketFixture;
  readonly micros: number[];
}

export async function benchGrowth({ sizes, buyers, rounds, decisionsPerRound }: GrowthOptions): Promise<Figures> {
  const before = machine();
  const markets: Measured[] = [];
  for (const listings of sizes) {
    const fixture = new MarketFixture({ listings, buyers, eventsPerBuyer: 30, campaigns: 500, seed: 1 });
    let id = 0;
    const engine = await Engine.open({
      log: new MemoryLog(),
      clock: systemClock,
      tokenSecret: randomBytes(32),
      nonce: () => `n${id++}`,
    });
    await fixture.load(engine, systemClock.now(), (what, done, all) =>
      progress(`${listings} listings: ${what}`, done, all),
    );
    markets.push({ engine, fixture, micros: [] });
  }
  // In turns, so that what else the machine does falls on all of them.
  for (let round = 0; round <= rounds; round++) {
    for (const { engine, fixture, micros } of markets) {
      const took = await timeDecisions(engine, fixture, decisionsPerRound);
      if (round > 0) micros.push(took);
    }
  }
  const costs = markets.map(({ micros }) => median(micros));
  const figures = Object.fromEntries(sizes.map((size, i) => [`micros${size}`, rounded(costs[i]!)]));
  return { ...before, decisionsPerRound, rounds, ...figures, ratio: rounded(costs.at(-1)! / costs[0]!, 2) };
}

/** CPU microseconds a decision. */
async function timeDecisions(engine: Engine, fixture: MarketFixture, count: number): Promise<number> {
  const requests = Array.from({ length: count }, () => fixture.request());
  const start = process.cpuUsage();
  for (let i = 0; i < count; i++) {
    engine.decide(requests[i]!);
    if (i % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  const { user, system } = process.cpuUsage(start);
  return (user + system) / count;
}
