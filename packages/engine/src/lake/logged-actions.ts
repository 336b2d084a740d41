/**
 * What a policy that draws by chance did, as the log has it, with what came of it: the items of a placement whose ranker explores, or the
 * variants of an experiment, each with the probability that it was drawn with. One row an action; those whose window is not over are left out.
 *
 * A reward belongs to the item whose token it carries, or else to the last showing of that listing on the placement to the same buyer (or session).
 */
import type { Experiment } from '@rialto/sdk';
import { RialtoError } from '../base/errors.ts';
import type { Lake, LakeResult } from './open-lake.ts';
import { identifier, LOG_END, quoted } from './sql-text.ts';

/** What a policy may choose by: of the page that was decided. */
const CONTEXTS = ['country', 'region', 'device', 'language', 'category', 'query', 'listing'] as const;
/** Of an experiment, where a bandit learns by segments. */
const SEGMENT = 'segment';

export const REWARDS = ['click', 'cart-add', 'favourite', 'hide', 'purchase'] as const;

export interface LoggedRequest {
  readonly reward: string;
  readonly windowHours: number;
  readonly by: readonly string[];
}

const ITEMS = (contexts: string): string => `
  WITH shown AS (
    SELECT i.log_offset, i.decision_id, i.decided_at, i.position, coalesce(i.thing, i.listing) AS item, i.propensity,
      coalesce(d.buyer, d.session) AS who${contexts}
    FROM decision_items i JOIN decisions d ON d.log_offset = i.log_offset
    WHERE i.placement = $1 AND i.propensity IS NOT NULL AND i.decided_at + to_hours($3::INTEGER) <= ${LOG_END}),
  acts AS (
    SELECT decision_id, coalesce(shown_thing, shown_listing) AS item, listing, coalesce(buyer, session) AS who, happened_at AS done_at
    FROM events WHERE type = $2 AND NOT coalesce(bot, false) AND (shown_placement IS NULL OR shown_placement = $1)),
  led AS (
    SELECT decision_id, item, done_at FROM acts WHERE decision_id IS NOT NULL
    UNION ALL
    SELECT s.decision_id, s.item, a.done_at
    FROM (SELECT * FROM acts WHERE decision_id IS NULL AND who IS NOT NULL AND listing IS NOT NULL) a
      ASOF JOIN (SELECT * FROM shown WHERE who IS NOT NULL) s ON s.who = a.who AND s.item = a.listing AND a.done_at >= s.decided_at),
  came AS (SELECT DISTINCT l.decision_id, l.item FROM led l JOIN shown s USING (decision_id, item)
    WHERE l.done_at < s.decided_at + to_hours($3::INTEGER))
  SELECT s.item AS item_id, s.position, s.propensity AS propensity_score, s.decision_id AS slate, coalesce(s.who, s.decision_id) AS unit,
    (c.item IS NOT NULL)::INTEGER AS reward, s.* EXCLUDE (log_offset, decision_id, decided_at, position, item, propensity, who)
  FROM shown s LEFT JOIN came c USING (decision_id, item) ORDER BY s.log_offset, s.position`;

/** Throws `no-data` where nothing was drawn there, `bad-request` on contexts that pages do not have. */
export async function drawnItems(lake: Lake, placement: string, request: LoggedRequest): Promise<LakeResult> {
  const { reward, windowHours, by } = request;
  mustBeAmong(by, CONTEXTS);
  const asked = [placement, reward, windowHours];
  const drawn = `SELECT count(*) AS rows, count(*) FILTER (decided_at + to_hours($2::INTEGER) <= ${LOG_END}) AS over
    FROM decision_items WHERE placement = $1 AND propensity IS NOT NULL`;
  const [counted] = await lake.query(drawn, [placement, windowHours]);
  if (Number(counted!['rows']) === 0)
    throw new RialtoError(
      'no-data',
      `nothing was drawn on placement ${JSON.stringify(placement)}: let a ranker with \`exploration\` serve it, so that the log has probabilities`,
    );
  mustHaveTime(Number(counted!['over']), windowHours);
  return lake.stream(ITEMS(by.map((name) => `, d.${name}`).join('')), asked);
}

const VARIANTS = (unit: 'buyer' | 'session', contexts: string): string => `
  WITH dealt AS (
    SELECT unit, arg_min(variant, log_offset) AS variant, arg_min(probabilities, log_offset) AS probabilities,
      arg_min(segment, log_offset) AS segment, min(exposed_at) AS since, min(log_offset) AS met_in, count(DISTINCT variant) AS variants
    FROM exposures WHERE experiment = $1 AND version >= $4 AND unit <> '' GROUP BY unit),
  acts AS (SELECT ${unit} AS unit, happened_at AS done_at FROM events
    WHERE type = $2 AND ${unit} IS NOT NULL AND NOT coalesce(bot, false))
  SELECT e.variant AS item_id, any_value(e.probabilities) AS probabilities, (count(a.done_at) > 0)::INTEGER AS reward${contexts}
  FROM dealt e LEFT JOIN acts a ON a.unit = e.unit AND a.done_at >= e.since AND a.done_at < e.since + to_hours($3::INTEGER)
    LEFT JOIN decisions d ON d.log_offset = e.met_in
  WHERE e.since + to_hours($3::INTEGER) <= ${LOG_END} AND (e.variants = 1 OR e.probabilities IS NOT NULL)
  GROUP BY e.unit, e.variant, e.met_in ORDER BY e.met_in, e.unit`;

/**
 * Units of an experiment by buyer or session: as a bandit drew their variants, or by the weights of its record. Throws `bad-request` for other
 * units, `no-data` where nobody was exposed.
 */
export async function dealtVariants(
  lake: Lake,
  { id, unit, variants }: Experiment,
  { reward, windowHours, by, sinceVersion }: LoggedRequest & { readonly sinceVersion: number },
): Promise<LakeResult> {
  if (unit !== 'buyer' && unit !== 'session')
    throw new RialtoError(
      'bad-request',
      `experiment ${JSON.stringify(id)} is dealt by ${unit}: a policy is evaluated from experiments by buyer or session`,
    );
  mustBeAmong(by, [...CONTEXTS, SEGMENT]);
  const contexts = by
    .map((name) => `, any_value(${name === SEGMENT ? 'e' : 'd'}.${name}) AS ${identifier(name)}`)
    .join('');
  const chance = `CASE item_id ${variants
    .map(
      ({ name, weight }, arm) =>
        `WHEN ${quoted(name)} THEN coalesce((probabilities::JSON ->> ${arm})::DOUBLE, ${weight})`,
    )
    .join(' ')} END`;
  // Not those of an earlier version with other variants.
  const sql = `SELECT * EXCLUDE (probabilities), ${chance} AS propensity_score FROM (${VARIANTS(unit, contexts)})
    WHERE item_id IN (${variants.map(({ name }) => quoted(name)).join(', ')})
      AND (probabilities IS NULL OR json_array_length(probabilities::JSON) = ${variants.length})`;
  const [counted] = await lake.query(
    `SELECT count(*) AS rows, count(*) FILTER (exposed_at + to_hours($3::INTEGER) <= ${LOG_END}) AS over
      FROM exposures WHERE experiment = $1 AND version >= $2`,
    [id, sinceVersion, windowHours],
  );
  if (Number(counted!['rows']) === 0)
    throw new RialtoError('no-data', `nobody has been exposed to experiment ${JSON.stringify(id)} yet`);
  mustHaveTime(Number(counted!['over']), windowHours);
  return lake.stream(sql, [id, reward, windowHours, sinceVersion]);
}

function mustHaveTime(rows: number, hours: number): void {
  if (rows > 0) return;
  throw new RialtoError(
    'no-data',
    `no row of the log has had its window of ${hours} hours yet: name a shorter one with --window-hours`,
  );
}

function mustBeAmong(by: readonly string[], known: readonly string[]): void {
  const unknown = by.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new RialtoError('bad-request', `--by ${unknown}: the log knows ${known.join(', ')} of a row`, {
    option: '--by',
  });
}
