/** `rialto export`: the log as Parquet files. */
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { systemClock } from '../../base/clock.ts';
import { logDirectory } from '../../delivery/data-directory.ts';
import { type LakeRefresh, refreshLake } from '../../lake/refresh-lake.ts';
import { FileLog } from '../../log/file-log.ts';
import { exportText } from '../export-report.ts';
import { stepProgress } from '../step-progress.ts';
import { exportTrainingSetCommand } from './export-training-set.ts';

interface ExportFlags {
  readonly as: 'parquet';
  readonly out?: string;
  readonly data: string;
  readonly json?: boolean;
}

const HELP = `
Writes one folder a table: events, decisions, decision_items, charges, refunds, payments, attributions,
entity_changes, models (what happened), and
listings, shops, campaigns, placements, reviews, settings (as they are now). docs/lake.md has every column.
Money is integer micros, times are UTC.

Only what is new since the last export is written. A server may hold the directory meanwhile.

Examples:
  rialto export --as parquet
  rialto export --as parquet --out /srv/lake --json
`;

export const exportCommand = new Command('export')
  .description('write the log as Parquet files')
  // Else it would take its subcommands' --out and --data for its own.
  .enablePositionalOptions()
  .addOption(new Option('--as <format>', 'the format').choices(['parquet']).default('parquet'))
  .option('--out <dir>', 'where to (default: <data>/lake)')
  .option('--data <dir>', 'the data directory', './rialto-data')
  .option('--json', 'print the summary as JSON')
  .addHelpText('after', HELP)
  .action(exportAction)
  .addCommand(exportTrainingSetCommand);

async function exportAction({ out, data, json }: ExportFlags): Promise<void> {
  const startedAt = systemClock.now();
  const directory = out ?? join(data, 'lake');
  const result = await exportInto(directory, data);
  const seconds = (systemClock.now() - startedAt) / 1000;
  process.stdout.write(
    json === true ? `${JSON.stringify({ directory, ...result, seconds })}\n` : exportText(result, directory, seconds),
  );
  if (result.interrupted) process.exitCode = 130;
}

async function exportInto(directory: string, data: string): Promise<LakeRefresh> {
  const stop = new AbortController();
  const progress = stepProgress();
  // A second Ctrl-C ends the process at once: the lake stays as it was after the last whole batch.
  const onStop = () => stop.abort();
  process.once('SIGINT', onStop).once('SIGTERM', onStop);
  const log = await FileLog.open(logDirectory(data), { readOnly: true });
  try {
    const onProgress = (done: number, all: number) => progress.show(done, all, 'records into the lake');
    return await refreshLake(log, directory, { onProgress, signal: stop.signal });
  } finally {
    progress.end();
    await log.close();
    process.off('SIGINT', onStop).off('SIGTERM', onStop);
  }
}
