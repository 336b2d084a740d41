/** `rialto forecast`: the traffic to come, from a data directory. */
import type { TrafficForecast } from '@rialto/sdk';
import { Command, Option } from 'commander';
import { RialtoError } from '../../base/errors.ts';
import { millis } from '../../base/units.ts';
import { readState } from '../../delivery/data-directory.ts';
import { forecastTraffic } from '../../delivery/traffic-outlook.ts';
import { FORECAST_HOURS_MAX } from '../../wire/forecast-schema.ts';
import { wholeNumber } from '../number-option.ts';
import { bar, sparkline } from '../sparkline.ts';
import { stepProgress } from '../step-progress.ts';

interface ForecastFlags {
  readonly placement?: string;
  readonly hours: number;
  readonly country?: string;
  readonly device?: NonNullable<TrafficForecast['device']>;
  readonly data: string;
  readonly json?: boolean;
}

const HELP = `
Requests in each UTC hour from the log's last one on, with what 80 of 100 hours lie between. Learned from the log's hourly counts
of the last six weeks; --country and --device ask for a segment. Without --placement: each placement's total. docs/forecast.md
has more.

Examples:
  rialto forecast
  rialto forecast --placement home --hours 48
  rialto forecast --placement search --country DE --device mobile --json
`;

export const forecastCommand = new Command('forecast')
  .description('the traffic to come to placements and segments, hour by hour')
  .option('--placement <id>', 'of one placement, hour by hour; the totals of all where absent')
  .option('--hours <n>', 'how many', wholeNumber({ min: 1, max: FORECAST_HOURS_MAX }), 24)
  .option('--country <country>', 'only requests from there')
  .addOption(new Option('--device <device>', 'only these').choices(['desktop', 'mobile', 'tablet', 'app']))
  .option('--data <dir>', 'the data directory', './rialto-data')
  .option('--json', 'print one JSON object')
  .addHelpText('after', HELP)
  .action(forecastAction);

async function forecastAction({ placement, data, json, hours, country, device }: ForecastFlags): Promise<void> {
  const progress = stepProgress();
  const state = await readState(data, (applied) => progress.show(applied, 0, 'records folded'));
  progress.end();
  const { placements } = state.market;
  const asked =
    placement === undefined
      ? Array.from({ length: placements.size }, (_, row) => placements.ids.text(row))
      : [placement];
  const forecasts = asked.flatMap((id) => {
    const query = { placement: id, hours, ...(country && { country }), ...(device && { device }) };
    try {
      return [forecastTraffic(state, query, millis(state.logTime))];
    } catch (error) {
      // Of all placements, those that nobody asks for say nothing.
      if (placement === undefined && error instanceof RialtoError && error.code === 'no-traffic') return [];
      throw error;
    }
  });
  if (forecasts.length === 0) throw new RialtoError('no-traffic', 'the log holds no decision that was asked for');
  if (json === true)
    process.stdout.write(`${JSON.stringify(placement === undefined ? { forecasts } : forecasts[0])}\n`);
  else process.stdout.write(`${(placement === undefined ? totals(forecasts) : hourly(forecasts[0]!)).join('\n')}\n`);
}

const PLOT_WIDTH = 48;
const BAR_WIDTH = 24;
const NUMBER_WIDTH = 10;

function totals(forecasts: readonly TrafficForecast[]): string[] {
  const width = Math.max(...forecasts.map(({ placement }) => placement.length), 'placement'.length);
  const line = (name: string, mean: string, range: string, plot: string): string =>
    `${name.padEnd(width)}  ${mean.padStart(NUMBER_WIDTH)}  ${range.padStart(2 * NUMBER_WIDTH)}  ${plot}`;
  return [
    line('placement', 'requests', '80 % between', 'hours'),
    ...forecasts.map(({ placement, total, hours, evidence }) =>
      line(placement, whole(total.mean), between(total), `${plotOf(hours)}  ${evidence.level}: ${evidence.reason}`),
    ),
  ];
}

function hourly({ placement, country, device, hours, total, evidence }: TrafficForecast): string[] {
  const most = Math.max(...hours.map(({ high }) => high));
  const segment = [placement, country, device].filter((part) => part !== undefined).join(', ');
  return [
    `${segment}: ${whole(total.mean)} requests in ${hours.length} hours, 80 % between ${between(total)}`,
    plotOf(hours),
    `${evidence.level}: ${evidence.reason}`,
    '',
    `${'UTC hour'.padEnd(16)}  ${'requests'.padStart(NUMBER_WIDTH)}  ${'80 % between'.padStart(2 * NUMBER_WIDTH)}`,
    ...hours.map(
      (hour) =>
        `${new Date(hour.at).toISOString().slice(0, 16).replace('T', ' ')}  ${hour.mean.toFixed(1).padStart(NUMBER_WIDTH)}  ${between(hour).padStart(2 * NUMBER_WIDTH)}  ${bar(most > 0 ? hour.mean / most : 0, BAR_WIDTH)}`,
    ),
  ];
}

const plotOf = (hours: TrafficForecast['hours']): string =>
  sparkline(
    hours.slice(0, PLOT_WIDTH).map(({ mean }) => mean),
    PLOT_WIDTH,
  );
const whole = (value: number): string => String(Math.round(value));
const between = ({ low, high }: { low: number; high: number }): string => `${whole(low)} – ${whole(high)}`;
