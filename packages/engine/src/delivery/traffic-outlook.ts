/** The traffic to come to a placement or a segment of it, from the state's hourly counts. */

import type { Evidence, ForecastQuery, TrafficForecast } from '@rialto/sdk';
import type { SegmentOutlook } from '../ads/segment-traffic.ts';
import { RialtoError } from '../base/errors.ts';
import type { Millis } from '../base/units.ts';
import { MILLIS_PER_HOUR } from '../base/units.ts';
import type { State } from './state.ts';

const HOURS = 24;
const DAY_HOURS = 24;
/** Below these an answer is a first guess. */
const THIN_REQUESTS = 200;
const THIN_HOURS = 24;
/** A week of each weekday twice. */
const GOOD_HOURS = 14 * DAY_HOURS;
const GOOD_REQUESTS = 5_000;

type Parts = Pick<State, 'market' | 'segments'>;

/** Throws `unknown-placement`, `no-traffic`. */
export function forecastTraffic({ market, segments }: Parts, query: ForecastQuery, at: Millis): TrafficForecast {
  const { placement, hours = HOURS, country, device } = query;
  if (market.placements.get(placement) === undefined)
    throw new RialtoError('unknown-placement', `there is no placement ${JSON.stringify(placement)}`);
  const segment = { placement, ...(country !== undefined && { country }), ...(device !== undefined && { device }) };
  const outlook = segments.outlook(segment);
  if (outlook.requests === 0) throw nothingSeen(segments.segmentsOf(placement), query);
  const { mean, low, high } = outlook.forecast.forecast(0, at, hours);
  const first = at - (at % MILLIS_PER_HOUR);
  return {
    ...segment,
    hours: Array.from(mean, (_, i) => ({
      at: first + i * MILLIS_PER_HOUR,
      mean: rounded(mean[i]!),
      low: low[i]!,
      high: high[i]!,
    })),
    total: intervalOf(outlook.forecast.forecastTotal(0, at, hours)),
    evidence: evidenceOf(outlook, at),
  };
}

function nothingSeen(seen: readonly { country: string; device: string }[], query: ForecastQuery): RialtoError {
  const { placement, country, device } = query;
  const name = JSON.stringify(placement);
  if (seen.length === 0)
    return new RialtoError('no-traffic', `no decision for the placement ${name} has been logged yet`);
  const asked = [country, device].filter((part) => part !== undefined).map((part) => JSON.stringify(part));
  const known = (of: 'country' | 'device'): string =>
    [...new Set(seen.map((segment) => segment[of]))]
      .filter((text) => text !== '')
      .slice(0, 20)
      .join(', ') || 'none';
  return new RialtoError(
    'no-traffic',
    `no decision for the placement ${name} came from ${asked.join(' and ')}; countries seen: ${known('country')}; devices seen: ${known('device')}`,
  );
}

function intervalOf({ mean, low, high }: { mean: number; low: number; high: number }) {
  return { mean: rounded(mean), low: Math.floor(low), high: Math.ceil(high) };
}

const rounded = (value: number): number => Math.round(value * 100) / 100;

function evidenceOf({ requests, firstHour, lastHour }: SegmentOutlook, at: Millis): Evidence {
  const hours = lastHour - firstHour + 1;
  const silent = Math.floor(at / MILLIS_PER_HOUR) - lastHour;
  const seen = `${requests} requests in ${span(hours)}`;
  if (silent > DAY_HOURS) return { level: 'thin', reason: `${seen}, the last of them ${span(silent)} ago` };
  if (hours < THIN_HOURS) return { level: 'thin', reason: `${seen}: the hours of a day are not known yet` };
  if (requests < THIN_REQUESTS) return { level: 'thin', reason: `${seen}: too few to tell hours apart` };
  if (hours < GOOD_HOURS) return { level: 'fair', reason: `${seen}: the days of a week are not known twice yet` };
  if (requests < GOOD_REQUESTS) return { level: 'fair', reason: `${seen}: few for each hour` };
  return { level: 'good', reason: seen };
}

function span(hours: number): string {
  return hours < 2 * DAY_HOURS ? `${hours} hours` : `${Math.round(hours / DAY_HOURS)} days`;
}
