/** `rialto evaluate ctr`: how well clicks are predicted from a file of impressions. */
import { Command, Option } from 'commander';
import { EXAMPLE_FORMATS, type ExampleFormat, readExamples } from '../../intake/click-examples.ts';
import { CLICK_LEARNERS, type ClickLearner } from '../../learning/click-learners.ts';
import type { ClickQuality } from '../../training/evaluate-ctr.ts';
import { evaluateClicks } from '../../training/evaluate-ctr-folds.ts';
import { wholeNumber } from '../number-option.ts';
import { reliabilityPlot } from '../reliability-plot.ts';
import { readProgress, stepProgress } from '../step-progress.ts';

interface CtrFlags {
  readonly data: readonly string[];
  readonly format: ExampleFormat;
  readonly label?: string;
  readonly positive?: string;
  readonly folds: number;
  readonly seed: number;
  readonly learner: ClickLearner;
  readonly allowLeaks?: boolean;
  readonly json?: boolean;
}

const HELP = `
Cross-validation over all files together: the rows are dealt into folds by chance, as by scikit-learn's KFold with shuffle=True and this
seed as random_state, or, where a fold would hold no click, with as many clicks in each. Each fold is predicted by boosted trees, FTRL logistic
regression and a network over embeddings, stacked (blend), or by one of trees, ftrl, random effects (effects), a factorisation machine (fm)
and the network (deep); settings are chosen within the fold's training part.

  auc, logLoss       means over folds
  ece                expected calibration error of all predictions, in 20 bins of equally many rows
  examplesPerSecond  training rows of all folds by the time it took, choosing settings included

Formats: criteo (tab, label, 13 numbers, 26 categories), avazu (id, click, hour, …), libsvm, csv (a header; a column is the label;
parted by comma, tab, semicolon or bar, or Parquet).
Of files with more than 64 million cells a sample of the rows is taken (sampledFrom says of how many), but for libsvm.
Files may be gzipped. What is empty, NaN, NA, null or ? is missing, and so is - or none among numbers. Numbers may have decimal commas (1.234,50),
commas between thousands (1,234.50) or a per cent sign, the same throughout a column; what a column was read as is said (notes), and which were
left out. A number that is not finite, or beyond 3.4e38, is refused.

Example:
  rialto evaluate ctr --data train.csv dev.csv --format avazu --folds 5 --seed 1
`;

export const evaluateCtrCommand = new Command('ctr')
  .description('predict clicks by cross-validation')
  .requiredOption('--data <files...>', 'one or more files, taken together')
  .addOption(new Option('--format <format>', 'of the files').choices(EXAMPLE_FORMATS).makeOptionMandatory())
  .option('--label <column>', "csv: the label's column; else the first called click, clicked, label, target or y")
  .option('--positive <value>', "the label's value that is a click, where it is not 1, true or yes; any other is none")
  .option('--folds <n>', 'of the cross-validation', wholeNumber({ min: 2, max: 50 }), 5)
  .option('--seed <n>', 'of folds and training', wholeNumber({ min: 0, max: 1e9 }), 1)
  .addOption(new Option('--learner <name>', 'what predicts').choices(CLICK_LEARNERS).default('blend'))
  .option('--allow-leaks', 'go on where a feature alone tells the label')
  .option('--json', 'print one JSON object')
  .addHelpText('after', HELP)
  .action(async ({ data, format, label, positive, folds, seed, learner, allowLeaks, json }: CtrFlags) => {
    const progress = stepProgress();
    const examples = await readExamples({ paths: data, format, label, positive, onRead: readProgress(progress) });
    const begin = performance.now();
    const { sampledFrom, notes = [] } = examples;
    if (!json) for (const note of notes) process.stderr.write(`${note}\n`);
    const quality = await evaluateClicks(examples, {
      folds,
      seed,
      learner,
      allowLeaks: allowLeaks === true,
      onProgress: progress.show,
    });
    progress.end();
    const seconds = (performance.now() - begin) / 1000;
    const examplesPerSecond = Math.round((quality.rows * (folds - 1)) / seconds);
    const { reliability, ...figures } = quality;
    process.stdout.write(
      json
        ? `${JSON.stringify({ ...figures, examplesPerSecond, ...(sampledFrom && { sampledFrom }), ...(notes.length > 0 && { notes }) })}\n`
        : report(quality, examplesPerSecond, sampledFrom),
    );
  });

function report(quality: ClickQuality, examplesPerSecond: number, sampledFrom: number | undefined): string {
  const { auc, logLoss, baseLogLoss, ece, rows, clicks, reliability } = quality;
  const line = (name: string, value: string, note = ''): string => `  ${name.padEnd(20)}${value.padEnd(10)}${note}\n`;
  const of = sampledFrom === undefined ? '' : ` by chance of the ${sampledFrom} in the files`;
  return [
    `${rows} examples${of}, ${clicks} clicks (${((100 * clicks) / rows).toFixed(2)} %)\n`,
    line('auc', auc.toFixed(4), 'mean over folds'),
    line('logLoss', logLoss.toFixed(5), `mean over folds; ${baseLogLoss.toFixed(5)} without any feature`),
    line('ece', ece.toFixed(5), `${reliability.length} bins of equally many rows`),
    line('examplesPerSecond', String(examplesPerSecond), 'choosing settings included'),
    '\n',
    reliabilityPlot(reliability),
  ].join('');
}
