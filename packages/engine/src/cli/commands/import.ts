/** `rialto import`: a file into the data directory. */
import { basename, join } from 'node:path';
import { Command, Option } from 'commander';
import { systemClock } from '../../base/clock.ts';
import { RialtoError } from '../../base/errors.ts';
import { openEngine } from '../../delivery/data-directory.ts';
import { FILE_FORMATS, type FileFormat } from '../../intake/file-format.ts';
import {
  IMPORT_KINDS,
  type ImportKind,
  type ImportSummary,
  type PreparedImport,
  prepareImport,
  runImport,
} from '../../intake/import-file.ts';
import { DATE_ORDERS, type DateOrder } from '../../intake/moment.ts';
import type { DecimalMark } from '../../intake/number-cells.ts';
import { progressLine, summaryText } from '../import-report.ts';

interface ImportFlags {
  readonly as: ImportKind;
  readonly map?: Readonly<Record<string, string>>;
  readonly set?: Readonly<Record<string, string>>;
  readonly currency?: string;
  readonly language?: string;
  readonly format?: FileFormat;
  readonly delimiter?: string;
  readonly quotes: boolean;
  readonly dates?: DateOrder;
  readonly decimal?: DecimalMark;
  readonly rejects?: string;
  readonly createListings?: boolean;
  readonly data: string;
  readonly json?: boolean;
}

const HELP = `
Files: CSV, TSV, JSON (one object a line, or an array of them), Parquet, and Google Merchant Center feeds (TSV, RSS, Atom), each also gzipped.
Columns are matched to fields by name; --map says which where the names differ. A wrong mapping lists both.

Money is decimal (2.55, £2.55, 15.00 USD, 1.234,50), and must be in the marketplace's currency. Whether 1,234 is a thousand or a fraction is told by
what else is in the first rows of its column, or by --decimal.
Times are Unix seconds or milliseconds, or 2011-12-09 12:50:00, 9 Dec 2011 and the like (UTC unless a zone is named); 9/12/2011 needs --dates.
Ids, numbers and times that are NULL, NaN, None and the like are not known.
A negative quantity is a return. Ids that are whole numbers written as decimals (17850.0) lose their .0.
Rows of one listing are merged: each field takes its most common value.

Running an import again counts nothing twice. Bad rows go to the rejects file; the rest goes in.

Examples:
  rialto import feed.xml --as listings --currency EUR
  rialto import shop.csv.gz --as listings  --map id=StockCode,title=Description,price=UnitPrice --currency GBP
  rialto import shop.csv.gz --as purchases --map order=InvoiceNo,listing=StockCode,quantity=Quantity,at=InvoiceDate,buyer=CustomerID
  rialto import clicks.csv  --as events    --map session=SessionId,listing=ItemId,at=Time --set type=view --create-listings
`;

export const importCommand = new Command('import')
  .description('load listings, purchases, reviews, shops, campaigns or events from a file')
  .argument('<file>', 'the file')
  .addOption(new Option('--as <kind>', 'what its rows are').choices(IMPORT_KINDS).makeOptionMandatory())
  .option('--map <field=Column,...>', 'which column holds which field; may be repeated', pairs)
  .option('--set <field=value,...>', 'one value of a field for all rows; may be repeated', pairs)
  .option('--currency <code>', "ISO 4217; becomes the marketplace's when it has no listings yet")
  .option('--language <tag>', 'BCP 47, of texts whose row names none')
  .addOption(new Option('--format <format>', 'instead of guessing').choices(FILE_FORMATS))
  .option('--delimiter <character>', 'between the cells of a table; tab is \\t', delimiterOf)
  .option('--no-quotes', 'quotes in tables are text like any other')
  .addOption(new Option('--dates <order>', 'of dates such as 12/1/2010').choices(DATE_ORDERS))
  .addOption(new Option('--decimal <mark>', 'of money; else told by the first rows').choices(['comma', 'point']))
  .option('--rejects <file>', 'where bad rows go (default: <data>/rejects/<file>-<kind>.jsonl)')
  .option('--create-listings', 'make the listings that purchases and events name and that do not exist')
  .option('--data <dir>', 'the data directory', './rialto-data')
  .option('--json', 'print the summary as JSON')
  .addHelpText('after', HELP)
  .action(importAction);

async function importAction(path: string, flags: ImportFlags): Promise<void> {
  const startedAt = systemClock.now();
  const stop = new AbortController();
  const prepared = await prepareImport({
    ...flags,
    path,
    rejectsPath: flags.rejects ?? join(flags.data, 'rejects', `${basename(path)}-${flags.as}.jsonl`),
    now: startedAt,
    signal: stop.signal,
    onProgress: process.stderr.isTTY ? showProgress(startedAt) : undefined,
  });
  // A second Ctrl-C ends the process at once: what was acknowledged is in the log.
  const onStop = () => stop.abort();
  process.once('SIGINT', onStop).once('SIGTERM', onStop);
  try {
    const summary = await intoDirectory(flags.data, prepared);
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
    const seconds = (systemClock.now() - startedAt) / 1000;
    process.stdout.write(
      flags.json === true ? `${JSON.stringify({ ...summary, seconds })}\n` : summaryText(summary, seconds),
    );
    if (summary.interrupted) process.exitCode = 130;
    else if (summary.rows === summary.rejected) process.exitCode = 1;
  } finally {
    process.off('SIGINT', onStop).off('SIGTERM', onStop);
  }
}

async function intoDirectory(directory: string, prepared: PreparedImport): Promise<ImportSummary> {
  try {
    const engine = await openEngine(directory, { onNotice: (message) => process.stderr.write(`${message}\n`) });
    try {
      return await runImport(engine, prepared);
    } catch (error) {
      if (!(error instanceof RialtoError) || error.code !== 'log-full') throw error;
      const message = `${error.message} What was read before is kept: run the same command again, nothing is counted twice.`;
      throw new RialtoError('log-full', message, error.details);
    } finally {
      await engine.close();
    }
  } finally {
    await prepared.file.close();
  }
}

/** Four times a second at most. */
function showProgress(startedAt: number) {
  let shownAt = 0;
  return (progress: Parameters<typeof progressLine>[0]) => {
    const now = systemClock.now();
    if (now - shownAt < 250) return;
    shownAt = now;
    process.stderr.write(`\r\x1b[K${progressLine(progress, (now - startedAt) / 1000)}`);
  };
}

/** `id=StockCode,title=Description`, or a JSON object where names hold commas. */
function pairs(text: string, before: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  if (text.trimStart().startsWith('{')) return { ...before, ...jsonPairs(text) };
  const out: Record<string, string> = { ...before };
  for (const pair of text.split(',')) {
    const at = pair.indexOf('=');
    if (at < 1 || at === pair.length - 1) {
      throw new RialtoError(
        'bad-mapping',
        `${JSON.stringify(pair)} is not of the form field=Column; names with commas need the form {"field":"Col,umn"}`,
      );
    }
    out[pair.slice(0, at).trim()] = pair.slice(at + 1);
  }
  return out;
}

function jsonPairs(text: string): Record<string, string> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([field, column]) => [field, String(column)]));
    }
  } catch {
    // said below
  }
  throw new RialtoError('bad-mapping', `${JSON.stringify(text)} is not a JSON object of fields and columns`);
}

function delimiterOf(text: string): string {
  if (text === '\\t' || text === 'tab') return '\t';
  if (text.length === 1) return text;
  throw new RialtoError('bad-request', `--delimiter ${JSON.stringify(text)} is not one character`, {
    path: 'delimiter',
  });
}
