/** A survival metric in every arm by SQL: how many units saw the event, or left without it, at each time. */
import { RialtoError } from '../base/errors.ts';
import type { EstimateSample } from '../experiments/analysis.ts';
import type { MetricSpec } from '../experiments/metric-spec.ts';
import { restrictedMean } from '../statistics/survival.ts';
import type { ExposureTable } from './exposure-table.ts';
import { quoted } from './sql-text.ts';

export async function outcomeTimes(
  table: ExposureTable,
  spec: MetricSpec,
  variants: readonly string[],
): Promise<EstimateSample> {
  const { name, num, event, horizon } = spec;
  const [times, events] = [table.profiles.get(num)!, table.profiles.get(event!)!];
  if (times.missing > 0 || times.min < 0)
    throw bad(
      `metric ${name}: column ${num} is a time, but has ${times.missing} empty cells and a least value of ${times.min}`,
    );
  if (!events.binary) throw bad(`metric ${name}: column ${event} holds other values than 0 and 1, True and False`);
  const [t, e] = [table.numberOf.get(num)!, table.numberOf.get(event!)!];
  const estimates: EstimateSample['estimates'][number][] = [];
  for (const variant of variants) {
    const counts = await table.rows(
      `SELECT time, count(*) FILTER (seen) AS events, count(*) FILTER (NOT seen) AS gone FROM (
        SELECT coalesce(min(${t}) FILTER (${e} = 1), max(${t})) AS time, coalesce(max(${e}), 0) = 1 AS seen
        FROM exposures WHERE variant = ${quoted(variant)} GROUP BY unit) GROUP BY time ORDER BY time`,
    );
    const found = restrictedMean(
      counts.map((row) => ({ time: Number(row['time']), events: Number(row['events']), left: Number(row['gone']) })),
      horizon!,
    );
    if (found === undefined)
      throw bad(`metric ${name}: in variant ${variant} nobody is left at time ${horizon}: take a shorter horizon`);
    estimates.push(found);
  }
  return { spec, estimates };
}

const bad = (message: string): RialtoError => new RialtoError('bad-experiment', message);
