/** `rialto evaluate decisions`: how good decisions would have been, on the data directory's own past. */
import type { Source } from '@rialto/sdk';
import { Command, InvalidArgumentError, Option } from 'commander';
import { logDirectory } from '../../delivery/data-directory.ts';
import { FileLog } from '../../log/file-log.ts';
import { type DecisionQuality, evaluateDecisions, type SourcesQuality } from '../../training/evaluate-decisions.ts';
import type { PairedDifference } from '../../training/gates.ts';
import { readHistory } from '../../training/history.ts';
import { RANKER_LEARNERS, type RankerLearner } from '../../training/train-ranker.ts';
import { sourceSchema } from '../../wire/placement-schema.ts';
import { decimalNumber } from '../number-option.ts';
import { sourceLines } from '../source-lines.ts';
import { stepProgress } from '../step-progress.ts';

interface DecisionFlags {
  readonly split: number;
  readonly k: number;
  readonly seed: number;
  readonly until: number;
  readonly learner: readonly RankerLearner[];
  readonly sources?: readonly Source[];
  readonly learnSources?: boolean;
  readonly brownout?: boolean;
  readonly places?: number;
  readonly cost?: number;
  readonly data: string;
  readonly json?: boolean;
}

const HELP = `
The orders of known buyers are split by time. The ranker is trained on the first part; each order of the second part, by a
buyer with history, is predicted from the state just before it. recall@k = hits / min(k, listings bought).

  recall       what the engine would have shown
  recallNew    the same for listings new to the buyer, with the rule "not what the buyer already bought"
  popularity   the most bought listings
  repeat       the buyer's own listings by frequency, then the most bought

Candidates come from the sources of the placement 'home', or from those named. A trained graph is made where 'recommended'
is among them. With --until, only the first part of the orders is looked at: choose settings there, and judge them on the rest.
With --learn-sources the same orders are predicted once more, with the candidate places divided among sources as the orders before the split say
(\`rialto train --model sources\`). With --brownout once more in brief, as a server decides while requests wait for each other.

Several learners are trained on the same rows and compared on the same orders; the first is what the figures are of.

Examples:
  rialto evaluate decisions --split 0.9 --k 20
  rialto evaluate decisions --learner additive deep
  rialto evaluate decisions --until 0.9 --sources history:250,together:200,recommended:100,popular:105
  rialto evaluate decisions --learn-sources --places 400
`;

export const evaluateDecisionsCommand = new Command('decisions')
  .description('predict the last orders from the state before each')
  .option('--split <share>', 'the share of orders to train on', shareOf, 0.9)
  .option('--until <share>', 'the share of orders to look at', untilOf, 1)
  .option('--k <n>', 'how many listings are shown', wholeOf, 20)
  .option('--seed <n>', 'of sampling in training', wholeOf, 1)
  .addOption(new Option('--learner <names...>', 'of the ranker').choices(RANKER_LEARNERS).default(['additive']))
  .option('--sources <name:limit,…>', 'where candidates come from', sourcesOf)
  .option('--learn-sources', 'compare with learned candidate sources')
  .option(
    '--cost <gain>',
    'with --learn-sources: the gain that 100 candidates more must bring',
    decimalNumber({ min: 0, max: 1 }),
  )
  .option('--brownout', 'compare with decisions made in brief')
  .option('--places <n>', 'candidate places in all; those of the page `home` where absent', placesFrom)
  .option('--data <dir>', 'the data directory', './rialto-data')
  .option('--json', 'print one JSON object')
  .addHelpText('after', HELP)
  .action(async ({ data, json, learner, cost, ...options }: DecisionFlags) => {
    const progress = stepProgress();
    const log = await FileLog.open(logDirectory(data), { readOnly: true });
    const learners = [...new Set(learner)];
    const quality = evaluateDecisions(await readHistory(log), {
      ...options,
      ...(cost !== undefined && { cost: cost / 100 }),
      learners,
      onProgress: progress.show,
    });
    progress.end();
    process.stdout.write(json ? `${JSON.stringify(quality)}\n` : report(quality, options.k));
  });

function report(quality: DecisionQuality, k: number): string {
  const line = (name: string, value: number, note: string): string =>
    `  ${name.padEnd(12)}${Number.isNaN(value) ? '–     ' : value.toFixed(4)}  ${note}\n`;
  return [
    `recall@${k} over ${quality.orders} orders (${quality.ordersWithNew} with new listings)\n`,
    line('recall', quality.recall, `${(quality.recall / quality.repeat).toFixed(2)} × repeat`),
    line('repeat', quality.repeat, "the buyer's own, by frequency"),
    line('popularity', quality.popularity, 'the most bought'),
    line('recallNew', quality.recallNew, 'listings new to the buyer'),
    line('popularNew', quality.popularityNew, 'the most bought, of those'),
    ...(quality.others ?? []).flatMap(({ learner, recall, recallNew, difference }) => [
      line(learner, recall, `recall, ${against(difference.recall, quality.learner)}`),
      line('', recallNew, `recallNew, ${against(difference.recallNew, quality.learner)}`),
    ]),
    ...sourcesText(quality.learnedSources, line),
    ...brownoutText(quality.brownout, line),
  ].join('');
}

type Line = (name: string, value: number, note: string) => string;

function sourcesText(learned: SourcesQuality | undefined, line: Line): readonly string[] {
  if (learned === undefined) return [];
  const { recall, recallNew, difference, places, studies } = learned;
  return [
    line('sources', recall, `recall with learned sources, ${against(difference.recall, 'those by hand')}`),
    line('', recallNew, `recallNew, ${against(difference.recallNew, 'those by hand')}`),
    `${places} candidate places:\n`,
    sourceLines(studies),
  ];
}

function brownoutText(inBrief: DecisionQuality['brownout'], line: Line): readonly string[] {
  if (inBrief === undefined) return [];
  const { recall, recallNew, difference } = inBrief;
  return [
    line('in brief', recall, `recall, ${against(difference.recall, 'whole decisions')}`),
    line('', recallNew, `recallNew, ${against(difference.recallNew, 'whole decisions')}`),
  ];
}

const against = ({ mean, standardError }: PairedDifference, what: string): string =>
  `${mean < 0 ? '' : '+'}${mean.toFixed(4)} ± ${(1.96 * standardError).toFixed(4)} against ${what}`;

function shareOf(text: string): number {
  const share = Number(text);
  if (!(share > 0 && share < 1)) throw new InvalidArgumentError('It must lie between 0 and 1, such as 0.9.');
  return share;
}

function untilOf(text: string): number {
  return Number(text) === 1 ? 1 : shareOf(text);
}

function sourcesOf(text: string): Source[] {
  return text.split(',').map((part) => {
    const [source, limit, ...rest] = part.split(':');
    const parsed = sourceSchema.safeParse({ source: source!.trim(), limit: Number(limit) });
    if (parsed.success && rest.length === 0) return parsed.data;
    const { options } = sourceSchema.shape.source;
    throw new InvalidArgumentError(
      `'${part}' is no source: a name, a colon and how many at most, such as popular:100. Names: ${options.join(', ')}.`,
    );
  });
}

function placesFrom(text: string): number {
  const n = Number(text);
  if (!Number.isInteger(n) || n < 10 || n > 1000)
    throw new InvalidArgumentError('It must be a whole number from 10 to 1000.');
  return n;
}

function wholeOf(text: string): number {
  const n = Number(text);
  if (!Number.isInteger(n) || n < 1 || n > 1000)
    throw new InvalidArgumentError('It must be a whole number from 1 to 1000.');
  return n;
}
