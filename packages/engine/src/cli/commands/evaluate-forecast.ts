/** `rialto evaluate forecast`: how good the engine's forecasts of many series are, on values held back. */
import { Command, InvalidArgumentError } from 'commander';
import { readSeriesTable } from '../../intake/series-table.ts';
import { evaluateForecast, type ForecastQuality, forecastTask } from '../../training/evaluate-forecast.ts';
import { wholeNumber } from '../number-option.ts';
import { stepProgress } from '../step-progress.ts';

interface ForecastFlags {
  readonly train: string;
  readonly test: string;
  readonly season: number;
  readonly levels: readonly number[];
  readonly json?: boolean;
}

const HELP = `
Both files are tables with a header, one series a row: the id, then its values in time order. The horizon is the number of
values of the test file. Everything is learned and chosen on the training file; the test file is only compared with.

  smape        200 |y − f| / (|y| + |f|), in per cent
  mase         |y − f| relative to the seasonal naive error within the training file, as in the M4 competition
  coverage     for each level, the share of values within their interval
  seasonalNaive  the same two for the forecast that repeats the last season

Example:
  rialto evaluate forecast --train train.csv.gz --test test.csv.gz --season 24
`;

export const evaluateForecastCommand = new Command('forecast')
  .description('forecast many series, and compare with what came')
  .requiredOption('--train <file>', 'the histories, one series a row')
  .requiredOption('--test <file>', 'what came next, one series a row')
  .option(
    '--season <steps>',
    'steps of the shortest season: 24 for hours of a day',
    wholeNumber({ min: 1, max: 10_000 }),
    24,
  )
  .option('--levels <list>', 'of the intervals', levelsOf, [0.5, 0.8, 0.95])
  .option('--json', 'print one JSON object')
  .addHelpText('after', HELP)
  .action(async ({ train, test, season, levels, json }: ForecastFlags) => {
    const warn = (message: string): boolean => process.stderr.write(`${message}\n`);
    const started = performance.now();
    const task = forecastTask(await readSeriesTable(train, warn), await readSeriesTable(test, warn));
    const progress = stepProgress();
    const quality = evaluateForecast(task, { season, levels, onProgress: progress.show });
    progress.end();
    const seconds = Math.round((performance.now() - started) / 100) / 10;
    process.stdout.write(json ? `${JSON.stringify({ ...quality, seconds })}\n` : report(quality, seconds));
  });

function report(quality: ForecastQuality, seconds: number): string {
  const { series, horizon, smape, mase, seasonalNaive } = quality;
  const line = (name: string, a: number, b: number): string =>
    `  ${name.padEnd(12)}${a.toFixed(3).padStart(9)}${b.toFixed(3).padStart(17)}\n`;
  const covered = Object.entries(quality.coverage).map(
    ([level, share]) => `  ${level.padEnd(12)}${share.toFixed(3).padStart(9)}\n`,
  );
  return [
    `${series} series, ${horizon} steps ahead, ${seconds} s\n`,
    `${'forecast'.padStart(23)}${'seasonal naive'.padStart(17)}\n`,
    line('sMAPE', smape, seasonalNaive.smape),
    line('MASE', mase, seasonalNaive.mase),
    'share of values within the interval of each level\n',
    ...covered,
  ].join('');
}

function levelsOf(text: string): readonly number[] {
  const levels = text.split(',').map(Number);
  if (!levels.every((level) => level > 0 && level < 1))
    throw new InvalidArgumentError('They must lie between 0 and 1, such as 0.8,0.95.');
  return levels;
}
