/** `rialto experiment outcomes`: what the units of a running experiment did, as a file that `analyse` takes. */

import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Experiment } from '@rialto/sdk';
import { Command } from 'commander';
import { RialtoError } from '../../base/errors.ts';
import { MILLIS_PER_HOUR } from '../../base/units.ts';
import { type Funnel, parseFunnel } from '../../experiments/funnel.ts';
import { CELL_COLUMNS, cellOutcomes } from '../../lake/cell-outcomes.ts';
import { experimentOutcomes, exposedUnits, type OutcomesRequest } from '../../lake/experiment-outcomes.ts';
import type { Lake, LakeResult } from '../../lake/open-lake.ts';
import { dayOf } from '../day-option.ts';
import { openFreshLake } from '../fresh-lake.ts';
import { definition } from '../logged-actions.ts';
import { wholeNumber } from '../number-option.ts';

interface OutcomesFlags {
  readonly out: string;
  readonly windowDays: number;
  readonly beforeDays: number;
  readonly sinceVersion: number;
  readonly matured?: boolean;
  readonly funnel: readonly Funnel[];
  readonly from?: number;
  readonly to?: number;
  readonly data: string;
  readonly json?: boolean;
}

const HELP = `
One row a unit (buyer, session, listing, shop or campaign) with its variant, the day and week of its first exposure, what was known of it then
(country, region, device, language; of listings category, shop, brand; of campaigns objective, shop), in how many decisions it met the experiment,
and what it did in the window after it: converted, orders, revenue, impressions, clicks, ad_impressions, ad_clicks, ad_revenue (money in units of
the currency), active_days, returned_1, returned_7, … (whether it came on that day after), hours_to_order (or until the window or the log ends), and
orders_before and revenue_before for CUPED. Units that met two variants, and what machines did, are left out. Of an
experiment by region and time, one row a cell: region, period_start, whether the period was lived as a whole, and what its decisions led to.
May run beside a server.

Example:
  rialto experiment outcomes calm-home --window-days 7 --out calm-home.csv
  rialto experiment analyse --data calm-home.csv --unit unit --variant variant --control control \\
    --metric "conversion:kind=proportion,num=converted,role=decision" \\
    --metric "revenue:kind=mean,num=revenue,cap=.999,covariate=revenue_before" \\
    --metric "ctr:kind=ratio,num=clicks,den=impressions" --json
`;

export const experimentOutcomesCommand = new Command('outcomes')
  .description('what the units of an experiment did, from the log, as a file to analyse')
  .argument('<id>', 'the experiment')
  .requiredOption('--out <file>', 'the CSV file to write')
  .option('--window-days <n>', 'how long after the first exposure counts', wholeNumber({ min: 1, max: 365 }), 7)
  .option('--before-days <n>', 'how long before it', wholeNumber({ min: 1, max: 365 }), 28)
  .option(
    '--since-version <n>',
    "only exposures from this version of the experiment's record on",
    wholeNumber({ min: 1, max: 1e9 }),
    1,
  )
  .option('--from <date>', 'only units first exposed on this UTC day or later, such as 2026-05-01', dayOf)
  .option('--to <date>', 'only units first exposed before this UTC day', dayOf)
  .option('--matured', 'only units whose window is over')
  .option(
    '--funnel <spec>',
    'NAME:steps=view>cart-add>purchase,hours=24 adds NAME.1, NAME.2, …: 1 where it came so far; may be repeated',
    funnelsOf,
    [],
  )
  .option('--data <dir>', 'the data directory', './rialto-data')
  .option('--json', 'print one JSON object')
  .addHelpText('after', HELP)
  .action(outcomesAction);

async function outcomesAction(id: string, flags: OutcomesFlags): Promise<void> {
  const { out, windowDays, beforeDays, sinceVersion, matured = false, from, to, data, json, funnel } = flags;
  const request: OutcomesRequest = {
    experiment: id,
    windowDays,
    beforeDays,
    sinceVersion,
    matured,
    from,
    to,
    funnels: funnel,
  };
  const lake = await openFreshLake(data);
  try {
    const record = await definition(lake, id);
    if (record.unit === 'region-time') return await writeCells(lake, record, flags);
    const exposed = await exposedUnits(lake, request);
    const written = await writeRows(await experimentOutcomes(lake, request), out);
    const { units, inTwo } = exposed;
    process.stdout.write(
      json
        ? `${JSON.stringify({ experiment: id, file: out, units, inTwoVariants: inTwo, rows: written })}\n`
        : `${written} units written to ${out}; ${units} were exposed, ${inTwo} of them to two variants\n`,
    );
  } finally {
    lake.close();
  }
}

function funnelsOf(text: string, before: readonly Funnel[] | undefined): readonly Funnel[] {
  return [...(before ?? []), parseFunnel(text)];
}

/** One row a cell of region and period. */
async function writeCells(
  lake: Lake,
  { id, periodHours, burnInMinutes = 0 }: Experiment,
  flags: OutcomesFlags,
): Promise<void> {
  const { out, windowDays, sinceVersion, json, matured, from, to, funnel } = flags;
  if (matured === true || from !== undefined || to !== undefined || funnel.length > 0)
    throw new RialtoError(
      'bad-request',
      `the units of experiment ${JSON.stringify(id)} are cells of region and period, all of which are written: leave out --matured, --from, --to and --funnel`,
    );
  const request = { experiment: id, sinceVersion, periodHours: periodHours!, burnInMinutes, windowDays };
  const { region, period, variant, columns, partial, inTwo } = await cellOutcomes(lake, request);
  const begins = (cell: number): string => new Date(period[cell]! * periodHours! * MILLIS_PER_HOUR).toISOString();
  const names = ['unit', 'variant', 'region', 'period_start', 'whole', ...CELL_COLUMNS];
  const lines = region.map((name, cell) =>
    [`${name}@${period[cell]}`, variant[cell], name, begins(cell), partial.has(period[cell]!) ? 0 : 1]
      .concat(CELL_COLUMNS.map((column) => columns[column]![cell]!))
      .map(cellText)
      .join(','),
  );
  await pipeline(Readable.from([`${[names.join(','), ...lines].join('\n')}\n`]), createWriteStream(out)).catch(
    refuseFile(out),
  );
  process.stdout.write(
    json
      ? `${JSON.stringify({ experiment: id, file: out, units: lines.length + inTwo, inTwoVariants: inTwo, rows: lines.length })}\n`
      : `${lines.length} cells of region and period written to ${out}; ${inTwo} met two variants and were left out\n`,
  );
}

const refuseFile =
  (file: string) =>
  (error: Error): never => {
    throw error instanceof RialtoError
      ? error
      : new RialtoError('bad-file', `${file} cannot be written: ${error.message}`);
  };

async function writeRows({ columns, batches }: LakeResult, file: string): Promise<number> {
  let rows = 0;
  async function* lines(): AsyncGenerator<string> {
    yield `${columns.map(({ name }) => name).join(',')}\n`;
    for await (const batch of batches) {
      rows += batch.length;
      yield batch.map((row) => `${row.map(cellText).join(',')}\n`).join('');
    }
  }
  await pipeline(Readable.from(lines()), createWriteStream(file)).catch(refuseFile(file));
  return rows;
}

function cellText(value: unknown): string {
  const text = String(value ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
