/** `rialto statements`: what sellers were charged, were given back and have paid, day by day. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { RialtoError } from '../../base/errors.ts';
import { logDirectory, openCheckpoints } from '../../delivery/data-directory.ts';
import { rebuild } from '../../delivery/rebuild.ts';
import { type Lake, openLake } from '../../lake/open-lake.ts';
import { type ReconciledShop, reconcile } from '../../lake/reconciliation.ts';
import { refreshLake } from '../../lake/refresh-lake.ts';
import { readStatement } from '../../lake/statement.ts';
import { writeStatement } from '../../lake/statement-file.ts';
import { FileLog } from '../../log/file-log.ts';
import { stepProgress } from '../step-progress.ts';

interface StatementFlags {
  readonly shop?: string;
  readonly from: string;
  readonly to: string;
  readonly as: 'csv' | 'parquet' | 'json';
  readonly out?: string;
  readonly check?: boolean;
  readonly json?: boolean;
  readonly data: string;
}

const HELP = `
One line for every campaign and UTC day with charges (events gross, invalid and net; charged; over-delivered and free to the
seller), one for every day's refunds by campaign and reason, one for every day's payments. Each line has the shop's balance
before and after it. Money is integer micros. docs/money.md has the rules.

--check compares the statements with the ledger, folded from the log once more, shop by shop; it ends with status 1 where they
differ.

Examples:
  rialto statements --shop potter --from 2026-05-01 --to 2026-05-31
  rialto statements --from 2026-05-01 --to 2026-05-31 --as parquet --out may.parquet
  rialto statements --check
`;

export const statementsCommand = new Command('statements')
  .description('what sellers were charged, given back and have paid, day by day')
  .option('--shop <id>', 'of one shop; of all where absent')
  .option('--from <day>', 'the first UTC day', dayOf, '1970-01-01')
  .option('--to <day>', 'the last UTC day', dayOf, '2100-01-01')
  .addOption(new Option('--as <format>', 'the format').choices(['csv', 'parquet', 'json']).default('csv'))
  .option('--out <file>', 'where to; needed for parquet, standard output where absent')
  .option('--check', 'compare the statements with the ledger, and print both')
  .option('--json', 'print the comparison as one JSON object')
  .option('--data <dir>', 'the data directory', './rialto-data')
  .addHelpText('after', HELP)
  .action(statementsAction);

async function statementsAction(flags: StatementFlags): Promise<void> {
  if (flags.as === 'parquet' && flags.out === undefined && flags.check !== true)
    throw new RialtoError('bad-request', 'Parquet needs a file to be written to: add --out FILE', { path: 'out' });
  const log = await FileLog.open(logDirectory(flags.data), { readOnly: true });
  try {
    const lake = await upToDate(log, join(flags.data, 'lake'));
    try {
      await (flags.check === true ? check(lake, log, flags) : write(lake, flags));
    } finally {
      lake.close();
    }
  } finally {
    await log.close();
  }
}

async function upToDate(log: FileLog, directory: string): Promise<Lake> {
  const progress = stepProgress();
  try {
    await refreshLake(log, directory, {
      onProgress: (done, all) => progress.show(done, all, 'records into the lake'),
    });
  } finally {
    progress.end();
  }
  return openLake(directory);
}

async function write(lake: Lake, { shop, from, to, as, out }: StatementFlags): Promise<void> {
  const rows = await readStatement(lake, { from, to, ...(shop !== undefined && { shop }) });
  if (as === 'json') process.stdout.write(`${JSON.stringify({ rows })}\n`);
  else if (out !== undefined) {
    await writeStatement(rows, out, as);
    process.stderr.write(`${rows.length} lines written to ${out}\n`);
  } else {
    const folder = await mkdtemp(join(tmpdir(), 'rialto-statement-'));
    const file = join(folder, 'statement.csv');
    await writeStatement(rows, file, 'csv');
    process.stdout.write(await readFile(file));
    await rm(folder, { recursive: true });
  }
}

async function check(lake: Lake, log: FileLog, { data, json }: StatementFlags): Promise<void> {
  const progress = stepProgress();
  const state = await rebuild({
    log,
    checkpoints: openCheckpoints(data),
    offset: lake.end,
    onProgress: (applied) => progress.show(applied, lake.end, 'records folded'),
  });
  progress.end();
  const { shopIds } = state.market.listings;
  const shops = await reconcile(
    lake,
    state.ledger,
    Array.from({ length: shopIds.size }, (_, row) => shopIds.text(row)),
  );
  const wrong = shops.filter(({ agrees }) => !agrees).length;
  process.stdout.write(json === true ? `${jsonText(shops, lake.end)}\n` : `${checkText(shops, lake.end)}\n`);
  if (wrong > 0) process.exitCode = 1;
}

function jsonText(shops: readonly ReconciledShop[], records: number): string {
  const agrees = shops.every((shop) => shop.agrees);
  return JSON.stringify({ records, agrees, shops }, (_, value) => (typeof value === 'bigint' ? String(value) : value));
}

function checkText(shops: readonly ReconciledShop[], records: number): string {
  const lines = shops.map(
    ({ shop, ledger, lake, agrees }) =>
      `${agrees ? 'agrees ' : 'DIFFERS'}  ${shop}: owes ${ledger.owedMicros} by the ledger and ${lake.owedMicros} by the statements; paid ${ledger.paidMicros} and ${lake.paidMicros}`,
  );
  const wrong = shops.filter(({ agrees }) => !agrees).length;
  const verdict = wrong === 0 ? 'the ledger and the statements agree to the micro' : `${wrong} shops differ`;
  return [...lines, `${shops.length} shops, ${records} records: ${verdict}`].join('\n');
}

function dayOf(text: string): string {
  const at = Date.parse(`${text}T00:00:00Z`);
  if (!/^\d{4}-\d\d-\d\d$/.test(text) || Number.isNaN(at) || !new Date(at).toISOString().startsWith(text))
    throw new InvalidArgumentError('It must be a day such as 2026-05-20.');
  return text;
}
