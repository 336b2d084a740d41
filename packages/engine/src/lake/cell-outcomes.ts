/**
 * What cells of region × period of an experiment by `region-time` came to. Everything counts with the decision that led to it: an event
 * with a token with the decision of its token, another with the last one of its buyer (or else session) that took part, where that is
 * not longer ago than the window. So a purchase in the next period is still put down to the period whose pages the buyer had seen.
 *
 * Decisions of the burn-in, the first minutes of each period, are left out with all that came of them: then the variant before
 * still lingers. Cells that met two variants are left out and counted. Money is in units of the currency, before refunds.
 */
import { RialtoError } from '../base/errors.ts';
import { MILLIS_PER_HOUR } from '../base/units.ts';
import type { Lake } from './open-lake.ts';
import { LOG_END } from './sql-text.ts';

/** What a metric may be made of. */
export const CELL_COLUMNS = [
  ...['decisions', 'converted', 'orders', 'revenue', 'impressions', 'clicks'],
  ...['ad_impressions', 'ad_clicks', 'ad_revenue'],
] as const;

export interface CellRequest {
  readonly experiment: string;
  readonly sinceVersion: number;
  readonly periodHours: number;
  readonly burnInMinutes: number;
  /** Days after a decision that count. */
  readonly windowDays: number;
}

export interface CellOutcomes {
  readonly region: readonly string[]; // [cells]
  /** Since 1970. */
  readonly period: Int32Array; // [cells]
  readonly variant: readonly string[]; // [cells]
  /** By column: [cells] */
  readonly columns: Readonly<Record<string, Float64Array>>;
  readonly decisions: number;
  /** Decisions left out as burn-in. */
  readonly burntIn: number;
  /** Cells left out for two variants. */
  readonly inTwo: number;
  /** Periods that the experiment did not run through, or that are not over. */
  readonly partial: ReadonlySet<number>;
}

const MET = `
  met AS (
    SELECT decision_id, any_value(unit) AS unit, any_value(variant) AS variant, min(exposed_at) AS met_at,
      any_value(coalesce(buyer, session)) AS who, any_value(regexp_extract(unit, '^(.*)@-?[0-9]+$', 1)) AS region,
      any_value(TRY_CAST(regexp_extract(unit, '@(-?[0-9]+)$', 1) AS BIGINT)) AS period
    FROM exposures WHERE experiment = $1 AND version >= $2 AND decision_id IS NOT NULL AND unit <> '' GROUP BY decision_id),
  timed AS (SELECT *, epoch_ms(met_at) - period * $3::BIGINT AS since_start FROM met),
  cells AS (SELECT unit, count(DISTINCT variant) AS variants FROM met GROUP BY unit)`;

const COUNTS = `WITH ${MET}
  SELECT count(*) AS decisions, count(*) FILTER (since_start < $4::BIGINT) AS burnt_in,
    count(*) FILTER (since_start IS NULL OR since_start < 0 OR since_start >= $3::BIGINT) AS elsewhere,
    (SELECT count(*) FROM cells WHERE variants > 1) AS in_two
  FROM timed`;

const CELLS = `WITH ${MET},
  charged AS (SELECT log_offset, sum(charged_micros) AS micros FROM charges GROUP BY 1),
  acts AS (
    SELECT e.decision_id, coalesce(e.buyer, e.session) AS who, e.type, e.happened_at AS at, e.order_id, e.campaign IS NOT NULL AS ad,
      coalesce(c.micros, 0) AS charged, coalesce(e.value_micros, coalesce(e.quantity, 1) * e.price_micros, 0) AS value
    FROM events e LEFT JOIN charged c ON c.log_offset = e.log_offset
    WHERE e.type IN ('impression', 'click', 'purchase') AND NOT coalesce(e.bot, false)),
  led AS (
    SELECT m.decision_id, m.met_at, a.* EXCLUDE (decision_id, who) FROM acts a JOIN met m ON m.decision_id = a.decision_id
    UNION ALL
    SELECT m.decision_id, m.met_at, a.* EXCLUDE (decision_id, who)
    FROM (SELECT * FROM acts WHERE decision_id IS NULL AND who IS NOT NULL) a
      ASOF JOIN (SELECT * FROM met WHERE who IS NOT NULL) m ON m.who = a.who AND a.at >= m.met_at),
  came AS (
    SELECT decision_id, bool_or(type = 'purchase')::INTEGER AS converted,
      count(DISTINCT order_id) FILTER (type = 'purchase') AS orders, sum(value) FILTER (type = 'purchase') / 1e6 AS revenue,
      count(*) FILTER (type = 'impression') AS impressions, count(*) FILTER (type = 'click') AS clicks,
      count(*) FILTER (ad AND type = 'impression') AS ad_impressions, count(*) FILTER (ad AND type = 'click') AS ad_clicks,
      sum(charged) / 1e6 AS ad_revenue
    FROM led WHERE led.at < met_at + to_days($5::INTEGER) GROUP BY decision_id)
  SELECT region, period, any_value(variant) AS variant, count(*) AS decisions,
    ${CELL_COLUMNS.slice(1)
      .map((name) => `coalesce(sum(${name}), 0)::DOUBLE AS ${name}`)
      .join(', ')}
  FROM timed JOIN cells USING (unit) LEFT JOIN came USING (decision_id)
  WHERE variants = 1 AND since_start >= $4::BIGINT
  GROUP BY region, period ORDER BY region, period`;

/** From when, and until when, it ran, in milliseconds: by what was saved, and until the log's end. */
const RAN = `
  SELECT epoch_ms(min(changed_at) FILTER (entity->>'status' = 'running')) AS began,
    epoch_ms(max(changed_at) FILTER (entity->>'status' = 'stopped')) AS stopped, max_by(entity->>'status', log_offset) AS status,
    max_by((entity->>'startsAt')::BIGINT, log_offset) AS starts, max_by((entity->>'endsAt')::BIGINT, log_offset) AS ends,
    epoch_ms(${LOG_END}) AS log_end
  FROM entity_changes WHERE kind = 'experiment' AND id = $1`;

async function partialPeriods(lake: Lake, id: string, periods: Int32Array, periodMs: number): Promise<Set<number>> {
  const [ran] = await lake.query(RAN, [id]);
  const at = (name: string, otherwise: number): number => (ran?.[name] == null ? otherwise : Number(ran[name]));
  const stopped = ran?.['status'] === 'stopped' ? at('stopped', Infinity) : Infinity;
  const from = Math.max(at('began', 0), at('starts', 0));
  const to = Math.min(at('log_end', Infinity), at('ends', Infinity), stopped);
  return new Set([...periods].filter((period) => period * periodMs < from || (period + 1) * periodMs > to));
}

/** By region, then period. Throws `no-data` where no decision took part, `bad-experiment` where periods were of other lengths. */
export async function cellOutcomes(lake: Lake, request: CellRequest): Promise<CellOutcomes> {
  const { experiment, sinceVersion, periodHours, burnInMinutes, windowDays } = request;
  const parameters = [experiment, sinceVersion, periodHours * MILLIS_PER_HOUR, burnInMinutes * 60_000];
  const [counted] = await lake.query(COUNTS, parameters);
  const [decisions, elsewhere] = [Number(counted!['decisions']), Number(counted!['elsewhere'])];
  if (decisions === 0)
    throw new RialtoError(
      'no-data',
      `no decision with a region or country has met experiment ${JSON.stringify(experiment)} yet`,
    );
  if (elsewhere > 0)
    throw new RialtoError(
      'bad-experiment',
      `${elsewhere} of ${decisions} decisions were dealt in periods of another length than the ${periodHours} hours of the record: take those from the version on that has it, with --since-version`,
    );
  const rows = await lake.query(CELLS, [...parameters, windowDays]);
  const period = Int32Array.from(rows, (row) => Number(row['period']));
  return {
    region: rows.map(({ region }) => String(region)),
    period,
    partial: await partialPeriods(lake, experiment, period, periodHours * MILLIS_PER_HOUR),
    variant: rows.map(({ variant }) => String(variant)),
    columns: Object.fromEntries(
      CELL_COLUMNS.map((name) => [name, Float64Array.from(rows, (row) => Number(row[name]))]),
    ),
    decisions,
    burntIn: Number(counted!['burnt_in']),
    inTwo: Number(counted!['in_two']),
  };
}
