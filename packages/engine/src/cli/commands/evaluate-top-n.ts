/** `rialto evaluate top-n`: recommendations chosen and fitted on one file of interactions, judged on another. */
import { Command } from 'commander';
import { readInteractions, requireInteractions } from '../../intake/interaction-file.ts';
import { fitTopN, type TopNQuality } from '../../training/evaluate-top-n.ts';
import { wholeNumber } from '../number-option.ts';
import { readProgress, stepProgress } from '../step-progress.ts';

interface TopNFlags {
  readonly train: string;
  readonly test: string;
  readonly k: number;
  readonly seed: number;
  readonly threads: number;
  readonly userColumn?: string;
  readonly itemColumn?: string;
  readonly json?: boolean;
}

const HELP = `
Both files are tables (CSV or TSV, also gzipped) that name users and items in a header; without one, MovieLens' and Amazon's
files of ratings are known, and others have their columns named by number (--user-column 1 --item-column 2). Kinds of recommender, their
settings and a blend of them are chosen on hold-outs of the training file; the test file is read once, after that. Each user
of the test file is shown the k best of all items not met in training.

  recall       hits / items of the user in the test file, the mean over users
  ndcg         the same with a discount by position
  fitSeconds   choosing included

Example:
  rialto evaluate top-n --train train.tsv.gz --test test.tsv.gz --k 10
`;

export const evaluateTopNCommand = new Command('top-n')
  .description('recommend to each user, on a fixed split of interactions')
  .requiredOption('--train <file>', 'interactions to choose and fit on')
  .requiredOption('--test <file>', 'interactions to find')
  .option('--k <n>', 'how many items are shown', wholeNumber({ min: 1, max: 1000 }), 10)
  .option('--seed <n>', 'of the hold-outs and the factors', wholeNumber({ min: 1, max: 1000 }), 1)
  .option('--threads <n>', 'worker threads', wholeNumber({ min: 0, max: 6 }), 2)
  .option('--user-column <name>', 'where it does not go by a usual name')
  .option('--item-column <name>', 'where it does not go by a usual name')
  .option('--json', 'print one JSON object')
  .addHelpText('after', HELP)
  .action(async ({ train, test, json, userColumn, itemColumn, ...options }: TopNFlags) => {
    const columns = { ...(userColumn && { user: userColumn }), ...(itemColumn && { item: itemColumn }) };
    const progress = stepProgress();
    const onRead = readProgress(progress);
    const onNote = (note: string): void => {
      progress.end();
      process.stderr.write(`${note}\n`);
    };
    await requireInteractions({ path: test, columns, timed: false });
    const known = await readInteractions({ path: train, columns, timed: false, onRead, onNote });
    const started = performance.now();
    const fit = await fitTopN(known, { ...options, onProgress: progress.show });
    const fitSeconds = (performance.now() - started) / 1000;
    const asked = await readInteractions({ path: test, columns, timed: false, onRead, onNote });
    const quality = await fit.evaluate(asked);
    progress.end();
    process.stdout.write(
      json ? `${JSON.stringify({ ...quality, fitSeconds })}\n` : report(quality, options.k, fitSeconds),
    );
  });

function report({ recall, ndcg, model, users, parts }: TopNQuality, k: number, fitSeconds: number): string {
  return [
    `recall@${k} ${recall.toFixed(4)}, nDCG@${k} ${ndcg.toFixed(4)} over ${users} users; chosen and fitted in ${fitSeconds.toFixed(1)} s\n`,
    `  ${model}\n`,
    ...parts.map(
      ({ kind, weight, goal, options }) =>
        `  ${kind.padEnd(20)} weight ${weight.toFixed(2)}, alone ${goal.toFixed(4)} on the hold-outs ${JSON.stringify(options)}\n`,
    ),
  ].join('');
}
