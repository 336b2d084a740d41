/** `rialto experiment outcomes`: what the units of a running experiment did, as a file that `analyse` takes. */
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Command } from 'commander';
import { RialtoError } from '../../base/errors.ts';
import { type Funnel, parseFunnel } from '../../experiments/funnel.ts';
import { experimentOutcomes, exposedUnits, type OutcomesRequest } from '../../lake/experiment-outcomes.ts';
import type { LakeResult } from '../../lake/open-lake.ts';
import { dayOf } from '../day-option.ts';
import { openFreshLake } from '../fresh-lake.ts';
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
orders_before and revenue_before for CUPED. Units that met two variants, and what machines did, are left out. May run beside a server.

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

async function writeRows({ columns, batches }: LakeResult, file: string): Promise<number> {
  let rows = 0;
  async function* lines(): AsyncGenerator<string> {
    yield `${columns.map(({ name }) => name).join(',')}\n`;
    for await (const batch of batches) {
      rows += batch.length;
      yield batch.map((row) => `${row.map(cellText).join(',')}\n`).join('');
    }
  }
  await pipeline(Readable.from(lines()), createWriteStream(file)).catch((error: Error) => {
    throw error instanceof RialtoError
      ? error
      : new RialtoError('bad-file', `${file} cannot be written: ${error.message}`);
  });
  return rows;
}

function cellText(value: unknown): string {
  const text = String(value ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
