/** `rialto export training-set`: what decisions showed, features as they were known then, and what came of it, as one Parquet file. */
import { Command } from 'commander';
import { logDirectory } from '../../delivery/data-directory.ts';
import { ParquetFile } from '../../lake/parquet-file.ts';
import { FileLog } from '../../log/file-log.ts';
import { buildTrainingSet, SET_COLUMNS } from '../../training/training-set.ts';
import { wholeNumber } from '../number-option.ts';
import { stepProgress } from '../step-progress.ts';

interface TrainingSetFlags {
  readonly out: string;
  readonly data: string;
  readonly negatives: number;
  readonly days: number;
  readonly decisions: number;
  readonly json?: boolean;
}

const HELP = `
A row for every item that a decision showed, and for a sample of the candidates that it did not show: group_id (rows of one group compete),
position, propensity, score, the features as they were known at the decision (f_…), and what the buyer did with it afterwards
(label_click, label_cart, label_purchase, label_hide). No feature sees anything later than the decision.

Example:
  rialto export training-set --out training.parquet --days 7
  python -c "import pandas; print(pandas.read_parquet('training.parquet').describe())"
`;

export const exportTrainingSetCommand = new Command('training-set')
  .description('write training rows, joined at the point in time of each decision, as Parquet')
  .requiredOption('--out <file>', 'the Parquet file')
  .option('--data <dir>', 'the data directory', './rialto-data')
  .option(
    '--negatives <n>',
    'candidates not shown, of each placement at most',
    wholeNumber({ min: 0, max: 10_000 }),
    20,
  )
  .option('--days <n>', 'what a buyer does within so many days counts', wholeNumber({ min: 1, max: 365 }), 7)
  .option('--decisions <n>', 'the latest so many decisions', wholeNumber({ min: 1, max: 1e7 }), 100_000)
  .option('--json', 'print one JSON object')
  .addHelpText('after', HELP)
  .action(async ({ out, data, negatives, days, decisions: decisionsMax, json }: TrainingSetFlags) => {
    const progress = stepProgress();
    const log = await FileLog.open(logDirectory(data), { readOnly: true });
    try {
      const file = await ParquetFile.open(out, SET_COLUMNS);
      const options = { negatives, days, decisionsMax, onProgress: progress.show };
      const { decisions, rows } = await buildTrainingSet(log, (row) => file.add(row), options).catch(async (error) => {
        await file.close();
        throw error;
      });
      await file.write();
      progress.end();
      const columns = SET_COLUMNS.length;
      process.stdout.write(
        json
          ? `${JSON.stringify({ file: out, decisions, rows, columns })}\n`
          : `${out}: ${rows} rows of ${columns} columns, from ${decisions} decisions\n`,
      );
    } finally {
      progress.end();
      await log.close();
    }
  });
