/** Lists of an experiment that interleaves, as the log has them, and which of their items were clicked. */
import { RialtoError } from '../base/errors.ts';
import type { ClickedList } from '../experiments/interleaving-result.ts';
import type { Lake } from './open-lake.ts';

const CLICKED = `
  WITH lists AS (SELECT * FROM interleaved_items WHERE experiment = $1 AND version >= $2),
  clicks AS (
    SELECT DISTINCT e.decision_id, e.shown_placement AS placement, e.position
    FROM events e JOIN (SELECT DISTINCT decision_id, placement FROM lists) l
      ON l.decision_id = e.decision_id AND l.placement = e.shown_placement
    WHERE e.type = 'click' AND NOT coalesce(e.bot, false))
  SELECT any_value(l.unit) AS unit, any_value(l.method) AS method,
    list(l.team ORDER BY l.position) AS teams, list(l.first_place ORDER BY l.position) AS first,
    list(l.second_place ORDER BY l.position) AS second, list(c.position IS NOT NULL ORDER BY l.position) AS clicked
  FROM lists l LEFT JOIN clicks c USING (decision_id, placement, position)
  GROUP BY l.decision_id, l.placement HAVING count(c.position) > 0`;

const SHOWN = `SELECT count(DISTINCT unit) AS units, count(DISTINCT (decision_id, placement)) AS lists
  FROM interleaved_items WHERE experiment = $1 AND version >= $2`;

export interface InterleavedLists {
  readonly shown: { readonly units: number; readonly lists: number };
  readonly clicked: readonly ClickedList[];
}

/** Throws `no-data` where no list was shown. */
export async function interleavedLists(
  lake: Lake,
  experiment: string,
  sinceVersion: number,
): Promise<InterleavedLists> {
  const [counted] = await lake.query(SHOWN, [experiment, sinceVersion]);
  const shown = { units: Number(counted!['units']), lists: Number(counted!['lists']) };
  if (shown.lists === 0)
    throw new RialtoError('no-data', `no list of experiment ${JSON.stringify(experiment)} has been shown yet`);
  const rows = await lake.query(CLICKED, [experiment, sinceVersion]);
  const clicked = rows.map((row): ClickedList => {
    const numbers = (name: string): number[] => (row[name] as unknown[]).map(Number);
    const flags = row['clicked'] as boolean[];
    return {
      unit: String(row['unit']),
      method: String(row['method']),
      teams: numbers('teams'),
      first: numbers('first'),
      second: numbers('second'),
      clicked: [...flags.keys()].filter((place) => flags[place]),
    };
  });
  return { shown, clicked };
}
