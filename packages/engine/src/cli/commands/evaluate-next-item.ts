/** `rialto evaluate next-item`: the next click of sessions, chosen and fitted on one file, judged on another. */
import { Command, Option } from 'commander';
import { readInteractions, requireInteractions } from '../../intake/interaction-file.ts';
import { DATE_ORDERS, type DateOrder } from '../../intake/moment.ts';
import { fitNextItem, type SessionEvaluation } from '../../training/evaluate-next-item.ts';
import { wholeNumber } from '../number-option.ts';
import { readProgress, stepProgress } from '../step-progress.ts';

interface NextItemFlags {
  readonly train: string;
  readonly test: string;
  readonly k: number;
  readonly sessionColumn?: string;
  readonly itemColumn?: string;
  readonly timeColumn?: string;
  readonly dates?: DateOrder;
  readonly json?: boolean;
}

const HELP = `
Both files are tables (CSV or TSV, also gzipped) that name sessions, items and, if they do, times in a header; without one,
Yoochoose's clicks are known, and others have their columns named by number (--session-column 1 --item-column 3). Without
times, clicks are in order as they stand. Settings and a blend are chosen on the latest sessions of the training file; the
test file is read once, after that. Every prefix of each of its sessions predicts the next click.

  hitRate      share of next clicks among the k shown, over clicks on items that training has
  mrr          mean of 1 / place of the click among them, 0 where it is not

Example:
  rialto evaluate next-item --train train.csv.gz --test test.csv.gz --k 20
`;

export const evaluateNextItemCommand = new Command('next-item')
  .description('predict the next click of sessions, on a fixed split')
  .requiredOption('--train <file>', 'clicks to choose and fit on')
  .requiredOption('--test <file>', 'clicks to predict')
  .option('--k <n>', 'how many items are shown', wholeNumber({ min: 1, max: 1000 }), 20)
  .option('--session-column <name>', 'where it does not go by a usual name')
  .option('--item-column <name>', 'where it does not go by a usual name')
  .option('--time-column <name>', 'where it does not go by a usual name')
  .addOption(new Option('--dates <order>', 'of times such as 12/1/2010').choices(DATE_ORDERS))
  .option('--json', 'print one JSON object')
  .addHelpText('after', HELP)
  .action(async ({ train, test, k, json, sessionColumn, itemColumn, timeColumn, dates }: NextItemFlags) => {
    const columns = {
      ...(sessionColumn && { user: sessionColumn }),
      ...(itemColumn && { item: itemColumn }),
      ...(timeColumn && { time: timeColumn }),
    };
    const progress = stepProgress();
    const onRead = readProgress(progress);
    const onNote = (note: string): void => {
      progress.end();
      process.stderr.write(`${note}\n`);
    };
    await requireInteractions({ path: test, of: 'sessions', columns });
    const known = await readInteractions({ path: train, of: 'sessions', columns, dates, onRead, onNote });
    const started = performance.now();
    const fit = await fitNextItem(known, { k, onProgress: progress.show });
    const fitSeconds = (performance.now() - started) / 1000;
    const asked = await readInteractions({ path: test, of: 'sessions', columns, dates, onRead, onNote });
    progress.end();
    const quality = fit.evaluate(asked);
    process.stdout.write(json ? `${JSON.stringify({ ...quality, fitSeconds })}\n` : report(quality, k, fitSeconds));
  });

function report({ hitRate, mrr, predictions, parts }: SessionEvaluation, k: number, fitSeconds: number): string {
  return [
    `hit rate@${k} ${hitRate.toFixed(4)}, MRR@${k} ${mrr.toFixed(4)} over ${predictions} clicks; chosen and fitted in ${fitSeconds.toFixed(1)} s\n`,
    ...parts.map(
      ({ kind, weight, goal, options }) =>
        `  ${kind.padEnd(22)} weight ${weight.toFixed(2)}, alone ${goal.toFixed(4)} ${JSON.stringify(options)}\n`,
    ),
  ].join('');
}
