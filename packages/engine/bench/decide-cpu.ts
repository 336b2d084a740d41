/**
 * For tuning: what a decision costs in this process, stage by stage. With `--against DIST`, the `dist` of another build of the
 * engine, both are measured by turns in this process: what else runs on the machine hits both alike.
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Bench, Figures } from './bench.ts';
import { machineFacts, median, rounded } from './figures.ts';
import { marketplaceOf } from './marketplace.ts';
import { type StageMicros, Stages } from './stages.ts';

const ENDS_AT = Date.UTC(2026, 0, 1);
const WARM_UP_ROUNDS = 3;

export const decideCpuBench: Bench = async ({ small, listings, against, say }) => {
  const size = marketplaceOf(listings ?? (small ? 500 : 100_000), ENDS_AT);
  const rounds = small ? 2 : 15;
  const decisions = small ? 30 : 1_000;
  say(`folding ${size.listings} listings and their history`);
  const builds = new Map([['this', await Stages.of(size)]]);
  if (against !== undefined) {
    const other = (await import(pathToFileURL(resolve(against, 'bench/stages.js')).href)) as { Stages: typeof Stages };
    builds.set('against', await other.Stages.of(size));
  }
  const measured = new Map([...builds.keys()].map((build) => [build, [] as StageMicros[]]));
  say(`${rounds} rounds of ${decisions} decisions`);
  for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
    for (const [build, stages] of builds) {
      const micros = await stages.round(decisions);
      if (round >= 0) measured.get(build)!.push(micros);
    }
  }
  const figures = Object.fromEntries([...measured].map(([build, all]) => [build, medians(all)]));
  return { listings: size.listings, rounds, microsPerDecision: figures, machine: machineFacts() };
};

function medians(rounds: readonly StageMicros[]): Figures {
  const stages = Object.keys(rounds[0]) as (keyof StageMicros)[];
  return Object.fromEntries(stages.map((stage) => [stage, rounded(median(rounds.map((micros) => micros[stage])))]));
}
