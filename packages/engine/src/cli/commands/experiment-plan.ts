/** `rialto experiment plan`: how long an experiment has to run, from the shop's own history. */
import { existsSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { RialtoError } from '../../base/errors.ts';
import { logDirectory } from '../../delivery/data-directory.ts';
import { TUNED_AT } from '../../experiments/analysis.ts';
import { WATCHED } from '../../experiments/guarded-metrics.ts';
import { isEstimated, type MetricSpec, parseMetric } from '../../experiments/metric-spec.ts';
import { type MetricPlan, planMetrics } from '../../experiments/plan.ts';
import { percent } from '../../experiments/result-text.ts';
import { openExperimentFile } from '../../intake/experiment-file.ts';
import { historyOutcomes } from '../../lake/experiment-outcomes.ts';
import { readHistory } from '../../lake/read-history.ts';
import { CHANGES, type ChangeKind } from '../../simulator/plan-designs.ts';
import { openFreshLake } from '../fresh-lake.ts';
import { answerFile } from '../lake-answer.ts';
import { decimalNumber, wholeNumber } from '../number-option.ts';
import { tableLines } from '../result-text.ts';
import { type PlanDesignFlags, planDesign } from './plan-design.ts';

interface PlanFlags extends PlanDesignFlags {
  readonly unit?: string;
  readonly metric: readonly string[];
  readonly day?: string;
  readonly weekly?: number;
  readonly cluster?: string;
  readonly share: number;
  readonly days: readonly number[];
  readonly tunedAt: number;
  readonly placement?: string;
  readonly windowDays: number;
}

const HELP = `
With the data directory as --data, the log is the past: as if an experiment by buyer (or --unit session) had begun --history-days ago,
and outcomes were counted for --window-days after a unit came (to --placement). Metrics are conversion, orders and revenue, or those of
--metric, by name (${Object.keys(WATCHED).join(', ')}) or over the columns of \`rialto experiment outcomes\`.

A file has the shop's past, one or several rows a unit. Metrics are written as for \`rialto experiment analyse\`; a covariate shows
what CUPED would save. New units come as they did in the file (--day), or so many a week (--weekly).

  detectable              the smallest relative effect that is found with the power that is asked for, looking once at the end
  detectableSequentially  the same, looking as often as one likes

With --change, which design fits: the shop is made a small market from the last days of its log (--data is the data directory then), the change is
tried there under each design, and each is told by how far it would be off and how long it would take. Takes half a minute, with --small seconds;
the same --seed gives the same answer. What a log cannot tell is assumed, and said in the answer.

  bids       campaigns bid more (--raise), or are paced or priced otherwise
  ad-load    pages show more ads (--slots)
  ranking    another ranker, hoped to bring --effect more clicks
  text       what shares nothing between buyers

Examples:
  rialto experiment plan --data ./rialto-data --placement home --metric orders --effect .02
  rialto experiment plan --data ./rialto-data --change bids --raise 1.2
  rialto experiment plan --data buyers.csv.gz --unit buyer --day first_seen --effect .02 \\
    --metric "revenue:kind=mean,num=spend,cap=.999,covariate=spend_before" --json
`;

export const experimentPlanCommand = new Command('plan')
  .description('how long an experiment has to run, and which design fits')
  .option('--data <file>', "the shop's past, or the data directory", './rialto-data')
  .option('--unit <column>', 'what is to be randomised (default: every row is a unit)')
  .option('--metric <spec>', 'NAME:kind=…,num=COLUMN,…; may be repeated', gathered, [])
  .option('--placement <id>', 'of the log: only who came to it')
  .option('--window-days <n>', 'of the log: how long outcomes count', wholeNumber({ min: 1, max: 365 }), 7)
  .option('--day <column>', 'the first is when a unit is new')
  .option('--weekly <units>', 'new units a week (default: all of the file)', wholeNumber({ min: 2, max: 1e12 }))
  .option('--cluster <column>', 'units are to be randomised by this')
  .option('--alpha <p>', 'how often an interval may miss', decimalNumber({ min: 1e-9, max: 0.5 }), 0.05)
  .option('--power <p>', 'how often the effect is to be found', decimalNumber({ min: 0.01, max: 0.9999 }), 0.8)
  .option('--share <p>', 'of units that get the treatment', decimalNumber({ min: 0.0001, max: 0.9999 }), 0.5)
  .option(
    '--effect <r>',
    'the relative effect that is hoped for: how long does it take?',
    decimalNumber({ min: 1e-6, max: 100 }),
  )
  .option('--days <list>', 'durations', daysOf, [7, 14, 21, 28, 42, 56])
  .option('--tuned-at <units>', 'where sequential intervals are tightest', wholeNumber({ min: 1, max: 1e12 }), TUNED_AT)
  .option('--change <kind>', `which design fits a change of ${CHANGES.join(', ')}`, changeOf)
  .option('--raise <factor>', 'of bids, with --change bids', decimalNumber({ min: 0.1, max: 10 }), 1.2)
  .option('--slots <n>', 'ads of a treated page, with --change ad-load', wholeNumber({ min: 2, max: 4 }), 2)
  .option(
    '--pressure <factor>',
    'how much more campaigns would spend that their budget holds back',
    decimalNumber({ min: 1, max: 10 }),
    1.5,
  )
  .option('--history-days <n>', 'of the log', wholeNumber({ min: 1, max: 365 }), 28)
  .option('--seed <n>', 'of the simulation', wholeNumber({ min: 0, max: 2 ** 31 }), 1)
  .option('--small', 'a smaller simulation, with fewer draws')
  .option('--json', 'print one JSON object')
  .addHelpText('after', HELP)
  .action(plan);

async function plan(flags: PlanFlags): Promise<void> {
  if (flags.change !== undefined) return planDesign({ ...flags, change: flags.change });
  if (existsSync(logDirectory(flags.data))) return planFromLog(flags);
  if (flags.metric.length === 0)
    throw new RialtoError(
      'bad-request',
      '--metric is needed to plan from a file; from a data directory, metrics are known',
      {
        option: '--metric',
      },
    );
  const { unit, day, weekly, cluster, json } = flags;
  const metrics = plannable(flags.metric);
  if (day !== undefined && weekly !== undefined)
    throw new RialtoError('bad-request', '--day and --weekly exclude each other: choose one', { path: 'weekly' });
  const file = await openExperimentFile(flags.data);
  try {
    print(planMetrics(await readHistory(file, { unit, metrics, cluster, day, weekly }), flags), json);
  } finally {
    await file.close();
  }
}

function plannable(texts: readonly string[]): MetricSpec[] {
  const metrics = texts.map(parseMetric);
  const other = metrics.find(isEstimated);
  if (other === undefined) return metrics;
  throw new RialtoError(
    'bad-request',
    `metric ${other.name}: a ${other.kind} cannot be planned; plan a mean or a ratio`,
  );
}

const DEFAULT_METRICS = ['conversion', 'orders', 'revenue'];
const BEFORE_DAYS = 28;

/** As if an experiment had begun `--history-days` ago. */
async function planFromLog(flags: PlanFlags): Promise<void> {
  const { data, unit = 'buyer', placement, historyDays, windowDays, cluster, day, weekly, json } = flags;
  if (unit !== 'buyer' && unit !== 'session')
    throw new RialtoError('bad-request', `--unit ${unit}: from the log, plan by buyer or session`, {
      option: '--unit',
    });
  if (cluster !== undefined || day !== undefined || weekly !== undefined)
    throw new RialtoError('bad-request', '--cluster, --day and --weekly are of files: the log knows when units come');
  const names = flags.metric.length > 0 ? flags.metric : DEFAULT_METRICS;
  const metrics = plannable(names.map((name) => (Object.hasOwn(WATCHED, name) ? `${name}:${WATCHED[name]}` : name)));
  const lake = await openFreshLake(data);
  try {
    const history = { unit, historyDays, windowDays, beforeDays: BEFORE_DAYS, placement } as const;
    const file = await answerFile(await historyOutcomes(lake, history), `the last ${historyDays} days`);
    try {
      print(planMetrics(await readHistory(file, { unit: 'unit', metrics, day: 'day' }), flags), json);
    } finally {
      await file.close();
    }
  } finally {
    lake.close();
  }
}

function print(plans: readonly MetricPlan[], json: boolean | undefined): void {
  process.stdout.write(json === true ? `${JSON.stringify({ metrics: plans })}\n` : plans.map(lines).join('\n'));
}

function lines({ name, mean, standardDeviation, varianceCut, steps, unitsNeeded, daysNeeded }: MetricPlan): string {
  const titles = ['days', 'units', 'detectable', 'looking daily'].map((title) => ({ name: title, type: 'VARCHAR' }));
  const shown = (effect: number | null): string => (effect === null ? '–' : percent(effect));
  const rows = steps.map((step) => [
    String(step.days),
    String(step.units),
    shown(step.detectable),
    shown(step.detectableSequentially),
  ]);
  const cut = varianceCut === 0 ? '' : `, ${percent(-varianceCut)} of the variance by what was known before`;
  const needed =
    unitsNeeded === undefined ? [] : [`that effect takes ${unitsNeeded} units, ${daysNeeded ?? 'more than 3650'} days`];
  return [
    `${name}: mean ${mean.toPrecision(4)}, standard deviation ${standardDeviation.toPrecision(4)}${cut}`,
    ...tableLines(titles, rows),
    ...needed,
    '',
  ].join('\n');
}

function gathered(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

function changeOf(text: string): ChangeKind {
  const found = CHANGES.find((name) => name === text);
  if (found === undefined) throw new InvalidArgumentError(`It must be one of ${CHANGES.join(', ')}.`);
  return found;
}

function daysOf(text: string): readonly number[] {
  return text.split(',').map(wholeNumber({ min: 1, max: 3650 }));
}
