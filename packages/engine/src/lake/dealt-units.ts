/** Units that a bandit dealt, as the log has them, each with its reward; those whose window is not over are left out. */
import type { Experiment } from '@rialto/sdk';
import { RialtoError } from '../base/errors.ts';
import type { DealtUnit } from '../policies/bandit-result.ts';
import type { Lake } from './open-lake.ts';
import { LOG_END } from './sql-text.ts';

const DEALT = (unit: 'buyer' | 'session'): string => `
  WITH dealt AS (
    SELECT unit, arg_min(variant, log_offset) AS variant, arg_min(probabilities, log_offset) AS probabilities, arg_min(segment, log_offset) AS segment,
      min(exposed_at) AS since, min(log_offset) AS first
    FROM exposures WHERE experiment = $1 AND probabilities IS NOT NULL GROUP BY unit),
  rewards AS (SELECT ${unit} AS unit, happened_at AS at FROM events
    WHERE type = $2 AND ${unit} IS NOT NULL AND NOT coalesce(bot, false))
  SELECT d.variant, d.probabilities, d.segment, count(r.at) > 0 AS rewarded
  FROM dealt d LEFT JOIN rewards r
    ON r.unit = d.unit AND r.at >= d.since AND r.at < d.since + to_hours($3::INTEGER)
  WHERE d.since + to_hours($3::INTEGER) <= ${LOG_END}
  GROUP BY d.unit, d.variant, d.probabilities, d.segment, d.first ORDER BY d.first`;

/** In the order of the log. Throws `no-data` where there are none. */
export async function dealtUnits(
  lake: Lake,
  { id, unit, variants, bandit }: Experiment & Required<Pick<Experiment, 'bandit'>>,
): Promise<DealtUnit[]> {
  const sql = DEALT(unit === 'session' ? 'session' : 'buyer');
  const rows = await lake.query(sql, [id, bandit.reward, bandit.windowHours]);
  const armOf = new Map(variants.map(({ name }, arm) => [name, arm]));
  const dealt = rows.flatMap((row): DealtUnit[] => {
    const arm = armOf.get(String(row['variant']));
    const probabilities: number[] = JSON.parse(String(row['probabilities']));
    // Of an earlier version with other variants.
    if (arm === undefined || probabilities.length !== variants.length) return [];
    const segment = row['segment'] === null ? undefined : String(row['segment']);
    return [{ arm, reward: row['rewarded'] === true ? 1 : 0, probabilities, segment }];
  });
  if (dealt.length === 0)
    throw new RialtoError('no-data', `no unit of experiment ${JSON.stringify(id)} has had its window yet`);
  return dealt;
}
