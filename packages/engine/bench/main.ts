/**
 * The benchmarks: `npm run bench -- NAME [--json] [--small] [--listings N] [--rounds N] [--seconds N] [--profile DIR] [--against DIST]`.
 * Progress goes to standard error, the figures to standard output: with `--json` as exactly one object.
 */
import { parseArgs } from 'node:util';
import { analyseBench } from './analyse.ts';
import { assignBench } from './assign.ts';
import { auctionBench } from './auction.ts';
import { banditBench } from './bandit.ts';
import type { Bench } from './bench.ts';
import { biasBench } from './bias.ts';
import { biasGrowthBench } from './bias-growth.ts';
import { cupedBench } from './cuped.ts';
import { decideBench } from './decide.ts';
import { decideCpuBench } from './decide-cpu.ts';
import { experimentBench } from './experiment.ts';
import { experimentCostBench } from './experiment-cost.ts';
import { growthBench } from './growth.ts';
import { ingestBench } from './ingest.ts';
import { interleaveBench } from './interleave.ts';
import { learnersBench } from './learners.ts';
import { offPolicyBench } from './off-policy.ts';
import { fold, recoverBench } from './recover.ts';
import { serveReference } from './reference-server.ts';
import { scoreBench } from './score.ts';
import { serve } from './serve.ts';
import { trainBench } from './train.ts';

const BENCHES: Readonly<Record<string, Bench>> = {
  decide: decideBench,
  growth: growthBench,
  ingest: ingestBench,
  recover: recoverBench,
  'decide-cpu': decideCpuBench,
  auction: auctionBench,
  assign: assignBench,
  'experiment-cost': experimentCostBench,
  analyse: analyseBench,
  experiment: experimentBench,
  train: trainBench,
  score: scoreBench,
  bias: biasBench,
  'bias-growth': biasGrowthBench,
  cuped: cupedBench,
  'off-policy': offPolicyBench,
  bandit: banditBench,
  interleave: interleaveBench,
  learners: learnersBench,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    small: { type: 'boolean', default: false },
    listings: { type: 'string' },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    profile: { type: 'string' },
    against: { type: 'string' },
  },
});

const [name = '', directory] = positionals;
if (name === 'serve' && directory !== undefined) await serve(directory);
else if (name === 'reference' && directory !== undefined) await serveReference(Number(directory));
else if (name === 'fold' && directory !== undefined) await fold(directory);
else await run(name);

async function run(benchName: string): Promise<void> {
  const bench = BENCHES[benchName];
  if (bench === undefined) {
    process.stderr.write(
      `there is no benchmark ${JSON.stringify(benchName)}; there are ${Object.keys(BENCHES).join(', ')}\n`,
    );
    process.exitCode = 2;
    return;
  }
  const { json, small, listings, rounds, seconds, profile, against } = values;
  const figures = await bench({
    small,
    ...(listings !== undefined && { listings: positive('listings', listings) }),
    ...(rounds !== undefined && { rounds: Math.ceil(positive('rounds', rounds)) }),
    ...(seconds !== undefined && { seconds: positive('seconds', seconds) }),
    ...(profile !== undefined && { profile }),
    ...(against !== undefined && { against }),
    say: (message) => process.stderr.write(`${message}\n`),
  });
  if (json) process.stdout.write(`${JSON.stringify({ bench: benchName, ...figures })}\n`);
  else process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`);
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (value > 0) return value;
  throw new Error(`--${option} must be a number above 0, not ${JSON.stringify(text)}`);
}
