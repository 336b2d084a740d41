/**
 * What whole days of a two-sided experiment with doses came to, by arm of buyers: ads seen and clicked, and what was charged for them, with the
 * decision that showed them. The day of the first exposure is left out where it was hours old by then, and the last where it is not over.
 */
import { RialtoError } from '../base/errors.ts';
import { MILLIS_PER_DAY, MILLIS_PER_HOUR } from '../base/units.ts';
import type { DosedRows } from '../experiments/dosed-result.ts';
import type { Lake } from './open-lake.ts';

export interface DosedRequest {
  readonly experiment: string;
  readonly sinceVersion: number;
  /** Names of control and treatment. */
  readonly variants: readonly [string, string];
}

const METRICS = ['impressions', 'clicks', 'spend'] as const;
/** A day that lacks no more than this is whole. */
const LACKS_MAX_MS = MILLIS_PER_HOUR;

const MET = `
  met AS (
    SELECT decision_id, any_value(unit) AS unit, any_value(variant) AS variant, min(exposed_at) AS met_at
    FROM exposures WHERE experiment = $1 AND version >= $2 AND side IS NULL AND decision_id IS NOT NULL GROUP BY decision_id),
  buyers AS (SELECT unit, min(variant) AS variant, count(DISTINCT variant) AS variants FROM met GROUP BY unit)`;

const BUYERS = `WITH ${MET}
  SELECT variant, variants > 1 AS in_two, count(*) AS n, (SELECT min(epoch_ms(met_at)) FROM met) AS first_at,
    (SELECT max(epoch_ms(met_at)) FROM met) AS last_at
  FROM buyers GROUP BY ALL`;

const DAYS = `WITH ${MET},
  charged AS (SELECT log_offset, sum(charged_micros) AS micros FROM charges GROUP BY 1),
  came AS (
    SELECT e.decision_id, count(*) FILTER (e.type = 'impression') AS impressions, count(*) FILTER (e.type = 'click') AS clicks,
      sum(c.micros) / 1e6 AS spend
    FROM events e LEFT JOIN charged c ON c.log_offset = e.log_offset
    WHERE e.type IN ('impression', 'click') AND e.campaign IS NOT NULL AND e.decision_id IS NOT NULL AND NOT coalesce(e.bot, false)
    GROUP BY e.decision_id)
  SELECT epoch_ms(m.met_at) // ${MILLIS_PER_DAY} AS day, m.variant, count(*)::DOUBLE AS decisions,
    ${METRICS.map((metric) => `coalesce(sum(${metric}), 0)::DOUBLE AS ${metric}`).join(', ')}
  FROM met m LEFT JOIN came USING (decision_id)
  WHERE epoch_ms(m.met_at) // ${MILLIS_PER_DAY} BETWEEN $3::BIGINT AND $4::BIGINT
  GROUP BY ALL ORDER BY day`;

/** Throws `no-data` where nobody was exposed. */
export async function dosedDays(lake: Lake, { experiment, sinceVersion, variants }: DosedRequest): Promise<DosedRows> {
  const counted = await lake.query(BUYERS, [experiment, sinceVersion]);
  if (counted.length === 0)
    throw new RialtoError('no-data', `nobody has been exposed to experiment ${JSON.stringify(experiment)} yet`);
  const count = (holds: (row: (typeof counted)[number]) => boolean): number =>
    counted.filter(holds).reduce((sum, { n }) => sum + Number(n), 0);
  const first = Math.ceil((Number(counted[0]!['first_at']) - LACKS_MAX_MS) / MILLIS_PER_DAY);
  const last = Math.floor((Number(counted[0]!['last_at']) + LACKS_MAX_MS) / MILLIS_PER_DAY) - 1;
  const rows = await lake.query(DAYS, [experiment, sinceVersion, first, last]);
  const days = [...new Set(rows.map(({ day }) => Number(day)))];
  const arms = (name: string): readonly [Float64Array, Float64Array] => {
    const columns = [new Float64Array(days.length), new Float64Array(days.length)] as const;
    for (const row of rows) {
      const arm = variants.indexOf(String(row['variant']));
      if (arm >= 0) columns[arm]![days.indexOf(Number(row['day']))] = Number(row[name]);
    }
    return columns;
  };
  const armOf = (arm: 0 | 1): number => count((row) => row['variant'] === variants[arm] && row['in_two'] === false);
  return {
    days: Int32Array.from(days),
    decisions: arms('decisions'),
    columns: Object.fromEntries(METRICS.map((metric) => [metric, arms(metric)])),
    buyers: [armOf(0), armOf(1)],
    buyersInTwo: count((row) => row['in_two'] === true),
  };
}
