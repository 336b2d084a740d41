/**
 * How far units came in a funnel, as SQL: for every time that the first step was done, the earliest next step after each, as long as the window
 * is open (an ASOF join a step); a unit's furthest counts.
 */
import { MILLIS_PER_HOUR } from '../base/units.ts';
import type { Funnel } from '../experiments/funnel.ts';
import { quoted } from './sql-text.ts';

/**
 * Common table expressions, the last of which, named `prefix`, has (unit, depth). `events` is a relation of unit, type and ms, when
 * it was.
 */
export function funnelTables({ steps, hours }: Funnel, events: string, prefix: string): string {
  const windowMs = hours * MILLIS_PER_HOUR;
  const tables = steps.map((step, i) => {
    const of = `(SELECT unit, ms FROM ${events} WHERE type = ${quoted(step)})`;
    if (i === 0) return `${prefix}_1 AS (SELECT unit, ms AS began, ms FROM ${of})`;
    // Events of one batch may have the same time; one event is not two steps.
    const after = step === steps[i - 1] ? '<' : '<=';
    return `${prefix}_${i + 1} AS (SELECT s.unit, s.began, e.ms FROM ${prefix}_${i} s ASOF JOIN ${of} e
      ON s.unit = e.unit AND s.ms ${after} e.ms WHERE e.ms <= s.began + ${windowMs})`;
  });
  const reached = steps.map((_, i) => `SELECT unit, ${i + 1} AS depth FROM ${prefix}_${i + 1}`);
  return [
    ...tables,
    `${prefix} AS (SELECT unit, max(depth) AS depth FROM (${reached.join(' UNION ALL ')}) GROUP BY unit)`,
  ].join(',\n  ');
}
