/** `rialto sql`: a question to the log. */
import { once } from 'node:events';
import { join } from 'node:path';
import { Command } from 'commander';
import { RialtoError } from '../../base/errors.ts';
import { logDirectory } from '../../delivery/data-directory.ts';
import { nearest } from '../../intake/nearest-name.ts';
import { LAKE_TABLES, TABLE_NAMES, type TableName } from '../../lake/lake-tables.ts';
import type { LakeValue } from '../../lake/lake-value.ts';
import { type Lake, type LakeResult, openLake } from '../../lake/open-lake.ts';
import { refreshLake } from '../../lake/refresh-lake.ts';
import { FileLog } from '../../log/file-log.ts';
import { wholeNumber } from '../number-option.ts';
import { csvLines, jsonRow, tableLines, visibleLines } from '../result-text.ts';
import { stepProgress } from '../step-progress.ts';

interface SqlFlags {
  readonly data: string;
  readonly json?: boolean;
  readonly csv?: boolean;
  readonly rows: number;
  readonly refresh: boolean;
}

const HELP = `
The dialect is DuckDB's. docs/lake.md has every table and column; two commands show them too:
  rialto sql .tables
  rialto sql ".schema events"

Money is integer micros, times are UTC. Nothing is changed by a query, and no other files can be read.
The tables are brought up to the end of the log first; a server may hold the directory meanwhile.

Examples:
  rialto sql "select type, count(*) from events group by 1 order by 2 desc"
  rialto sql "select campaign, day, sum(charged_micros) / 1e6 as charged from charges group by all order by day"
  rialto sql "select changed_at, changed_by, entity->>'bidMicros' from entity_changes where id = 'c1'"
  rialto sql "from listings where price_micros > 100e6" --csv > expensive.csv
`;

export const sqlCommand = new Command('sql')
  .description('ask the log in SQL')
  .argument('<query>', 'the query, .tables, or .schema TABLE')
  .option('--data <dir>', 'the data directory', './rialto-data')
  .option('--json', 'print a JSON array, one row a line')
  .option('--csv', 'print CSV')
  .option('--rows <n>', 'how many rows a table shows', wholeNumber({ min: 1, max: 1_000_000 }), 100)
  .option('--no-refresh', 'ask the lake as it is')
  .addHelpText('after', HELP)
  .action(sqlAction);

async function sqlAction(query: string, flags: SqlFlags): Promise<void> {
  if (flags.json === true && flags.csv === true)
    throw new RialtoError('bad-request', '--json and --csv exclude each other: choose one', { path: 'csv' });
  const out = new Output();
  const stop = new AbortController();
  const onStop = () => stop.abort();
  process.once('SIGINT', onStop).once('SIGTERM', onStop);
  try {
    if (flags.refresh) await refresh(flags.data, stop.signal);
    if (!stop.signal.aborted) await answer(query, flags, out, stop.signal);
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    process.off('SIGINT', onStop).off('SIGTERM', onStop);
    out.close();
  }
  if (stop.signal.aborted) process.exitCode = 130;
}

async function refresh(data: string, signal: AbortSignal): Promise<void> {
  const progress = stepProgress();
  const log = await FileLog.open(logDirectory(data), { readOnly: true });
  try {
    const onProgress = (done: number, all: number) => progress.show(done, all, 'records into the lake');
    const { from, end, rebuilt } = await refreshLake(log, lakeOf(data), { onProgress, signal });
    progress.end();
    if (rebuilt !== undefined) notice(`the lake was written anew: ${rebuilt}`);
    else if (end > from) notice(`${end - from} new records went into the lake`);
  } catch (error) {
    progress.end();
    if (!(error instanceof RialtoError) || error.code !== 'data-locked') throw error;
    notice('another process is writing the lake: the answer is from what it held before');
  } finally {
    await log.close();
  }
}

const lakeOf = (data: string): string => join(data, 'lake');
const notice = (text: string): boolean => process.stderr.write(`${text}\n`);

async function answer(query: string, flags: SqlFlags, out: Output, signal: AbortSignal): Promise<void> {
  const lake = await openLake(lakeOf(flags.data));
  const onStop = () => lake.interrupt();
  signal.addEventListener('abort', onStop);
  try {
    const result = dotCommand(query.trim(), lake) ?? (await lake.stream(query));
    if (flags.json === true) await printJson(result, out);
    else if (flags.csv === true) await printCsv(result, out);
    else await printTable(result, out, flags.rows);
  } finally {
    signal.removeEventListener('abort', onStop);
    lake.close();
  }
}

/** What a dot command shows; undefined for SQL. Throws `bad-sql` on a command or table that does not exist. */
function dotCommand(command: string, lake: Lake): LakeResult | undefined {
  if (!command.startsWith('.')) return undefined;
  const [name, table, ...more] = command.split(/[\s;]+/).filter((word) => word !== '');
  if (name === '.tables' && table === undefined)
    return resultOf(
      ['table', 'rows', 'what it holds'],
      TABLE_NAMES.map((one) => [one, lake.rows[one], LAKE_TABLES[one].note]),
    );
  if (name !== '.schema' || more.length > 0)
    throw new RialtoError(
      'bad-sql',
      `there is no command ${JSON.stringify(command)}: there are .tables and .schema TABLE`,
    );
  const tables = table === undefined ? TABLE_NAMES : [knownTable(table)];
  const rows = tables.flatMap((one) =>
    LAKE_TABLES[one].columns.map((column) => [one, column.name, column.type, column.note]),
  );
  return resultOf(['table', 'column', 'type', 'what it holds'], rows);
}

function knownTable(name: string): TableName {
  const table = TABLE_NAMES.find((one) => one === name.toLowerCase());
  if (table !== undefined) return table;
  const meant = nearest(name, TABLE_NAMES);
  const hint = meant === undefined ? '' : ` Did you mean ${meant}?`;
  throw new RialtoError(
    'bad-sql',
    `there is no table ${JSON.stringify(name)}.${hint} The tables are ${TABLE_NAMES.join(', ')}.`,
  );
}

function resultOf(names: readonly string[], rows: readonly (readonly LakeValue[])[]): LakeResult {
  const columns = names.map((name) => ({ name, type: name === 'rows' ? 'BIGINT' : 'VARCHAR' }));
  return {
    columns,
    batches: (async function* () {
      yield rows;
    })(),
  };
}

async function printTable({ columns, batches }: LakeResult, out: Output, most: number): Promise<void> {
  const shown: (readonly LakeValue[])[] = [];
  let total = 0;
  for await (const batch of batches) {
    total += batch.length;
    shown.push(...batch.slice(0, most - shown.length));
  }
  if (columns[0]?.name === 'explain_key') {
    await out.write(`${shown.map((row) => row[1]).join('\n')}\n`); // a plan is a drawing of many lines
    return;
  }
  const lines = tableLines(columns, shown, process.stdout.isTTY ? process.stdout.columns || 80 : undefined);
  const count = new Intl.NumberFormat('en');
  const more =
    total > shown.length ? `; the first ${count.format(shown.length)} are shown (--rows, --csv, --json)` : '';
  await out.write(`${lines.join('\n')}\n(${count.format(total)} row${total === 1 ? '' : 's'}${more})\n`);
}

async function printCsv(result: LakeResult, out: Output): Promise<void> {
  for await (const text of csvLines(result)) {
    // A file gets what the cells hold, a terminal nothing that it would obey.
    await out.write(process.stdout.isTTY ? visibleLines(text) : text);
    if (out.closed) return;
  }
}

async function printJson({ columns, batches }: LakeResult, out: Output): Promise<void> {
  let separator = '[\n';
  for await (const batch of batches) {
    if (batch.length === 0) continue;
    await out.write(`${separator}${batch.map((row) => jsonRow(columns, row)).join(',\n')}`);
    separator = ',\n';
    if (out.closed) return;
  }
  await out.write(separator === '[\n' ? '[]\n' : '\n]\n');
}

/** Standard output at the pace of who reads it. That reader may go away, as `head` does. */
class Output {
  closed = false;
  readonly #onError = (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    this.closed = true;
    process.stdout.emit('drain');
  };

  constructor() {
    process.stdout.on('error', this.#onError);
  }

  async write(text: string): Promise<void> {
    if (!this.closed && !process.stdout.write(text)) await once(process.stdout, 'drain');
  }

  close(): void {
    // A write that fails after this is told to nobody; one that failed before has been.
    if (!this.closed) process.stdout.off('error', this.#onError);
  }
}
