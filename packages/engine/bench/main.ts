/** `npm run bench -- NAME [--json] [--small]`: the figures of docs/benchmarks.md, measured on this machine. */
import { parseArgs } from 'node:util';
import { benchDecide } from './decide.ts';
import { benchGrowth } from './growth.ts';
import { benchIngest } from './ingest.ts';
import { benchRecover } from './recover.ts';
import { type Figures, print } from './report.ts';

type Run = (small: boolean, option: (name: 'listings' | 'seconds', usual: number) => number) => Promise<Figures>;

const BENCHES: Readonly<Record<string, Run>> = {
  decide: (small, option) =>
    benchDecide(
      small
        ? { listings: 2000, buyers: 500, seconds: 1 }
        : { listings: option('listings', 100_000), buyers: 20_000, seconds: option('seconds', 15) },
    ),
  growth: (small) =>
    benchGrowth(
      small
        ? { sizes: [1000, 10_000], buyers: 200, rounds: 2, decisionsPerRound: 200 }
        : { sizes: [10_000, 100_000, 1_000_000], buyers: 20_000, rounds: 7, decisionsPerRound: 2000 },
    ),
  ingest: (small, option) =>
    benchIngest(
      small
        ? { listings: 1000, seconds: 1 }
        : { listings: option('listings', 100_000), seconds: option('seconds', 10) },
    ),
  recover: (small) =>
    benchRecover(
      small
        ? { foldListings: 1000, events: 10_000, checkpointListings: 100_000 }
        : { foldListings: 100_000, events: 1_000_000, checkpointListings: 1_000_000 },
    ),
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    small: { type: 'boolean', default: false },
    listings: { type: 'string' },
    seconds: { type: 'string' },
  },
});
const name = positionals[0] ?? '';
const run = BENCHES[name];
if (run) {
  const option = (key: 'listings' | 'seconds', usual: number): number => Number(values[key] ?? usual);
  print(name, await run(values.small, option), values.json);
} else {
  process.stderr.write(
    `usage: npm run bench -- ${Object.keys(BENCHES).join('|')} [--json] [--small] [--listings N] [--seconds N]\n`,
  );
  process.exitCode = 1;
}
