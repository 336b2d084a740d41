/** `rialto experiment analyse`: what the variants of an experiment did, from a file of exposures and outcomes. */
import { Command, InvalidArgumentError } from 'commander';
import { RialtoError } from '../../base/errors.ts';
import { TUNED_AT } from '../../experiments/analysis.ts';
import { assess } from '../../experiments/assess.ts';
import { parseMetrics } from '../../experiments/funnel.ts';
import type { MetricSpec } from '../../experiments/metric-spec.ts';
import { resultPage } from '../../experiments/result-page.ts';
import { openExperimentFile } from '../../intake/experiment-file.ts';
import { readExperiment } from '../../lake/read-experiment.ts';
import { CORRECTIONS, type Correction } from '../../statistics/multiple-testing.ts';
import type { Normal } from '../../statistics/normal-posterior.ts';
import { dayOf } from '../day-option.ts';
import { effectLines } from '../effect-lines.ts';
import { lakeAnswer } from '../lake-answer.ts';
import { decimalNumber, wholeNumber } from '../number-option.ts';
import { stepProgress } from '../step-progress.ts';
import { analyseDesign } from './analyse-design.ts';
import type { AnalyseFlags } from './analyse-flags.ts';

const HELP = `
The file is CSV, TSV, JSON lines or Parquet, gzipped or not. A unit may have several rows: they are summed. A metric reads
NAME:key=value,… with the keys

  kind          proportion (was it ever true), mean (a unit), ratio (num over den), quantile (of rows),
                survival (mean time num until event, up to horizon),
                funnel (steps=view>cart-add>purchase, all within hours=24 of the first; of a file with a row for each
                event, event=COL,at=COL)
  num, den      columns; den of a ratio only
  q             which quantile, such as .9
  event         whether it happened, or the unit left at num without it; with horizon, the longest time that counts
  cap           values above this quantile are taken as it (winsorised), such as .99
  covariate     columns known before the exposure (a+b for several), or a model's prediction: CUPED, CUPAC
  covariateDen  the covariate is a ratio too
  stratum       post-stratification by this column
  role          decision, guardrail (with margin=, the relative harm put up with)
  better        higher or lower

  srm           p of the sample ratio; below .01 the result is marked as not to be trusted
  ci            Welch's or the delta method's, for one look at a time fixed beforehand
  sequentialCi  holds however often one looks: the asymptotic confidence sequence, or mSPRT with --mixture
  posterior     with --prior MEAN,SD of the relative effect; without one the prior says nothing

Examples:
  rialto experiment analyse --data test.csv.gz --unit user --variant arm --control A \\
    --metric "retention:kind=proportion,num=retained,role=decision" \\
    --metric "revenue:kind=mean,num=spend,cap=.999,covariate=spend_before" --json
  rialto experiment analyse --data ./rialto-data --unit buyer --variant arm --control 0 --metric orders:num=orders \\
    --sql "select buyer, hash(buyer) % 2 as arm, count(distinct order_id) as orders from events where buyer is not null group by all"
  rialto experiment analyse --data ./rialto-data --experiment new-ranker --json
  rialto experiment analyse --data ./rialto-data --experiment dearer-ads --burn-in-minutes 30 --markdown
`;

export const experimentAnalyseCommand = new Command('analyse')
  .description('effects with intervals, and whether to trust them')
  .option('--data <file>', 'exposures and outcomes; with --sql or --experiment, the data directory', './rialto-data')
  .option('--sql <query>', 'what to analyse of the log, one row for a unit or several')
  .option('--unit <column>', 'what was randomised (default: every row is a unit)')
  .option('--experiment <id>', 'one of the log, with the data directory as --data: read as its design asks for')
  .option(
    '--window-days <n>',
    'with --experiment: how long after the exposure counts',
    wholeNumber({ min: 1, max: 365 }),
    7,
  )
  .option('--before-days <n>', 'with --experiment: how long before it', wholeNumber({ min: 1, max: 365 }), 28)
  .option(
    '--since-version <n>',
    'with --experiment: exposures from this version of its record on',
    wholeNumber({ min: 1, max: 1e9 }),
    1,
  )
  .option(
    '--burn-in-minutes <n>',
    'with --experiment, by region and time: what to leave out of each period (default: as its record says)',
    wholeNumber({ min: 0, max: 40_320 }),
  )
  .option('--matured', 'with --experiment: only units whose window is over')
  .option('--from <date>', 'with --experiment: only units first exposed on this UTC day or later', dayOf)
  .option('--to <date>', 'with --experiment: only units first exposed before this UTC day', dayOf)
  .option('--variant <column>', 'the arm of the unit')
  .option('--control <name>', 'the variant to compare with')
  .option('--metric <spec>', 'NAME:kind=…,num=COLUMN,…; may be repeated', gathered, [])
  .option('--alpha <p>', 'how often an interval may miss', decimalNumber({ min: 1e-9, max: 0.5 }), 0.05)
  .option('--weights <list>', 'shares that the arms were to get, such as A=.5,B=.5 (default: equal)', weightsOf)
  .option('--cluster <column>', 'units were randomised by this, such as shop or region')
  .option('--dimension <column>', 'effects by this column too; may be repeated', gathered, [])
  .option('--day <column>', 'day of exposure: looks for novelty')
  .option('--correction <name>', `of p over metrics and arms: ${CORRECTIONS.join(', ')}`, correctionOf)
  .option('--prior <mean,sd>', 'of the relative effect, such as 0,.1', priorOf)
  .option('--tuned-at <units>', 'where sequential intervals are tightest', wholeNumber({ min: 1, max: 1e12 }), TUNED_AT)
  .option(
    '--mixture <sd>',
    'mSPRT, with this standard deviation of relative effects',
    decimalNumber({ min: 1e-9, max: 1e9 }),
  )
  .option('--json', 'print one JSON object')
  .option('--markdown', 'print a result page')
  .addHelpText('after', HELP)
  .action(analyse);

async function analyse(flags: AnalyseFlags): Promise<void> {
  if (flags.experiment !== undefined) return analyseDesign(flags.experiment, flags);
  const [variant, control] = [needed(flags.variant, '--variant'), needed(flags.control, '--control')];
  if (flags.metric.length === 0) needed(undefined, '--metric');
  const { unit, weights, cluster, dimension, day, correction, prior, mixture, alpha, tunedAt } = flags;
  const { metrics, funnels } = parseMetrics(flags.metric);
  mustDiffer(metrics);
  const nameless = funnels.find(({ event }) => event === undefined);
  if (nameless !== undefined)
    throw new RialtoError(
      'bad-request',
      `funnel ${nameless.name}: name the columns of a file of events with event=COL,at=COL`,
      { path: 'metric' },
    );
  const progress = stepProgress();
  const { data: source, sql } = flags;
  const file = await (sql === undefined ? openExperimentFile(source) : lakeAnswer(source, sql));
  try {
    let step = 0;
    const onStep = (what: string): void => progress.show(step++, 3, what);
    const request = { unit, variant, control, metrics, funnels, weights, cluster, dimensions: dimension, day, onStep };
    const data = await readExperiment(file, request);
    progress.end();
    const result = assess(data, { alpha, prior, correction, tunedAt, mixture });
    if (flags.json === true) process.stdout.write(`${JSON.stringify(result)}\n`);
    else process.stdout.write(flags.markdown === true ? resultPage(result) : effectLines(result));
  } finally {
    progress.end();
    await file.close();
  }
}

function needed(value: string | undefined, option: string): string {
  if (value !== undefined) return value;
  throw new RialtoError('bad-request', `${option} is needed to analyse a file; or name an --experiment of the log`, {
    option,
  });
}

function mustDiffer(metrics: readonly MetricSpec[]): void {
  const names = metrics.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw new RialtoError('bad-request', `two metrics are named ${twice}`, { path: 'metric' });
}

function gathered(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

function weightsOf(text: string): ReadonlyMap<string, number> {
  const pairs = text.split(',').map((pair) => {
    const at = pair.lastIndexOf('=');
    return [pair.slice(0, at).trim(), Number(pair.slice(at + 1))] as const;
  });
  if (pairs.some(([name, weight]) => name === '' || !(weight > 0)))
    throw new InvalidArgumentError('It must read VARIANT=SHARE,… with shares above 0, such as A=.5,B=.5.');
  const sum = pairs.reduce((total, [, weight]) => total + weight, 0);
  if (Math.abs(sum - 1) > 1e-6 && Math.abs(sum - 100) > 1e-4)
    throw new InvalidArgumentError(`The weights add up to ${sum}; they must add up to 1, or to 100.`);
  return new Map(pairs);
}

function priorOf(text: string): Normal {
  const [mean, sd, ...rest] = text.split(',').map(Number);
  if (Number.isFinite(mean) && sd! > 0 && rest.length === 0) return { mean: mean!, sd: sd! };
  throw new InvalidArgumentError('It must read MEAN,SD with SD above 0, such as 0,.1.');
}

function correctionOf(text: string): Correction {
  const found = CORRECTIONS.find((name) => name === text);
  if (found === undefined) throw new InvalidArgumentError(`It must be one of ${CORRECTIONS.join(', ')}.`);
  return found;
}
