/**
 * The benchmarks: `npm run bench -- NAME`; `npm run bench -- --help` lists them and their options.
 * Progress goes to standard error, the figures to standard output: with `--json` as exactly one object.
 */
import { Argument, Command } from 'commander';
import { decimalNumber, wholeNumber } from '../src/cli/number-option.ts';
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
import { publishBench } from './publish.ts';
import { fold, recoverBench } from './recover.ts';
import { serveReference } from './reference-server.ts';
import { scoreBench } from './score.ts';
import { serve } from './serve.ts';
import { sessionsBench } from './sessions.ts';
import { trainBench } from './train.ts';

const BENCHES: Readonly<Record<string, readonly [Bench, string]>> = {
  decide: [decideBench, 'decisions over HTTP: how many a second, and how long they take at 70 % of that'],
  growth: [growthBench, 'what a decision costs as the catalogue grows'],
  ingest: [ingestBench, 'events over HTTP, in batches of 100, durable'],
  recover: [recoverBench, 'folding the log, and a start from a checkpoint'],
  sessions: [sessionsBench, 'memory over months of anonymous buyers'],
  publish: [publishBench, 'how long decisions stand still while models are published'],
  'decide-cpu': [decideCpuBench, 'what a decision costs, stage by stage, without HTTP'],
  auction: [auctionBench, 'one auction of 500 candidates for 4 slots'],
  assign: [assignBench, 'assignments to experiments a second'],
  'experiment-cost': [experimentCostBench, 'what ten running experiments add to a decision'],
  analyse: [analyseBench, 'the analysis of a large experiment from Parquet'],
  experiment: [experimentBench, 'false alarms and coverage of the analysis of experiments'],
  train: [trainBench, 'training on a market whose truth is known'],
  score: [scoreBench, 'scoring the candidates of a request with what `train` trains'],
  bias: [biasBench, 'position bias and delayed conversions'],
  'bias-growth': [biasGrowthBench, 'position bias with more and more impressions'],
  cuped: [cupedBench, 'CUPED on the market simulator'],
  'off-policy': [offPolicyBench, 'off-policy estimates against simulated truth'],
  bandit: [banditBench, 'what is learned from data that a bandit dealt'],
  interleave: [interleaveBench, 'traffic needed by interleaving and by splitting buyers'],
  learners: [learnersBench, "what a decision costs with each learner's ranker"],
};

interface BenchFlags {
  readonly json?: boolean;
  readonly small?: boolean;
  readonly listings?: number;
  readonly rounds?: number;
  readonly seconds?: number;
  readonly seed?: number;
  readonly profile?: string;
  readonly against?: string;
}

const LIST = Object.entries(BENCHES).map(([name, [, what]]) => `  ${name.padEnd(16)}${what}`);

const HELP = `
Benchmarks:
${LIST.join('\n')}

docs/benchmarks.md has their figures. Nothing else should run on the machine meanwhile.

Examples:
  npm run bench -- decide --json
  npm run bench -- growth --small
`;

/** What the benchmarks start by themselves: `serve`, `reference` and `fold`, each with the directory or port that it is of. */
const PROCESSES: Readonly<Record<string, (of: string) => Promise<void>>> = {
  serve,
  reference: (port) => serveReference(Number(port)),
  fold,
};

const [role = '', of = ''] = process.argv.slice(2);
const start = Object.hasOwn(PROCESSES, role) ? PROCESSES[role] : undefined;
if (start && of !== '') await start(of);
else await parsed();

async function parsed(): Promise<void> {
  const command = new Command('npm run bench --')
    .description('measures how fast and how good Rialto is on this machine')
    .addArgument(new Argument('<name>', 'the benchmark').choices(Object.keys(BENCHES)))
    .option('--json', 'print the figures as exactly one JSON object')
    .option('--small', 'as quick as can be: the figures mean nothing')
    .option('--listings <n>', 'of the marketplace', wholeNumber({ min: 1, max: 10_000_000 }))
    .option('--rounds <n>', 'of a measurement', wholeNumber({ min: 1, max: 1_000 }))
    .option('--seconds <n>', 'of each round, or of the measurement', decimalNumber({ min: 0.01, max: 86_400 }))
    .option('--seed <n>', 'train: of the market', wholeNumber({ min: 0, max: 1e9 }))
    .option('--profile <dir>', "where the server's processor profile is written")
    .option('--against <dist>', 'the compiled engine of another tree, to measure by turns with this one')
    .addHelpText('after', HELP)
    .action(run);
  await command.parseAsync();
}

async function run(name: string, { json, small = false, ...sizes }: BenchFlags): Promise<void> {
  const [bench] = BENCHES[name]!;
  const figures = await bench({ small, ...sizes, say: (message) => process.stderr.write(`${message}\n`) });
  process.stdout.write(`${json ? JSON.stringify({ bench: name, ...figures }) : JSON.stringify(figures, null, 2)}\n`);
}
