/**
 * What the units of an experiment did after they were exposed: one row a unit, as `rialto experiment analyse` takes it. A unit's
 * time begins with its first exposure and ends after the window; what it did in the days before is there for CUPED.
 *
 * Units that met two variants are left out and counted, since nobody knows what to put their outcomes down to.
 */
import { RialtoError } from '../base/errors.ts';
import { MILLIS_PER_DAY, MILLIS_PER_HOUR } from '../base/units.ts';
import { type Funnel, stepColumn } from '../experiments/funnel.ts';
import { campaignOutcomes } from './campaign-outcomes.ts';
import { funnelTables } from './funnel-sql.ts';
import type { Lake, LakeResult } from './open-lake.ts';
import { identifier, LOG_END, quoted } from './sql-text.ts';

export interface OutcomesRequest {
  readonly experiment: string;
  /** Days after the first exposure that count. */
  readonly windowDays: number;
  /** Days before it. */
  readonly beforeDays: number;
  /** Exposures of earlier versions of the record do not count. */
  readonly sinceVersion: number;
  /** Only units whose window is over. */
  readonly matured: boolean;
  /** Units whose first exposure was from this time on, and before that one; milliseconds since 1970. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** Steps are types of events. */
  readonly funnels?: readonly Funnel[] | undefined;
}

export interface ExposedUnits {
  readonly units: number;
  /** Of them in two variants or more: not among the outcomes. */
  readonly inTwo: number;
  /** On which units were first exposed. */
  readonly days: number;
  /** Of those in one variant, whose window is not over. */
  readonly early: number;
}

/** Of the event `e` and its listing `l`: which unit it belongs to. */
const UNIT_OF: Readonly<Record<string, string>> = {
  buyer: 'e.buyer',
  session: 'e.session',
  listing: 'e.listing',
  shop: 'l.shop',
};

/** `from` and `to` are the numbers of the query's parameters. */
const first = (from: number, to: number): string => `
  SELECT unit, arg_min(variant, log_offset) AS variant, min(exposed_at) AS since, count(DISTINCT variant) AS variants,
    min(log_offset) AS met_in
  FROM exposures ANTI JOIN (SELECT log_offset FROM events WHERE type = 'exposure' AND bot) machines USING (log_offset)
  WHERE experiment = $1 AND version >= $2 AND unit <> ''
  GROUP BY unit HAVING epoch_ms(min(exposed_at)) >= $${from}::DOUBLE AND epoch_ms(min(exposed_at)) < $${to}::DOUBLE`;

/** Days after the exposure that are asked for one by one, where the window holds them. */
const RETURN_DAYS: readonly number[] = [1, 7, 14, 28];

/** What is known of a unit when it is exposed, as columns and where they are from: dimensions to split by. */
interface Dimensions {
  readonly names: readonly string[];
  readonly of: string;
}

const OF_PAGES: Dimensions = {
  names: ['country', 'region', 'device', 'language'],
  of: `coalesce(d.country, e.country) AS country, d.region, d.device, d.language
    FROM first f LEFT JOIN decisions d ON d.log_offset = f.met_in LEFT JOIN events e ON e.log_offset = f.met_in`,
};

const DIMENSIONS: Readonly<Record<string, Dimensions>> = {
  buyer: OF_PAGES,
  session: OF_PAGES,
  listing: {
    names: ['category', 'shop', 'brand'],
    of: "split_part(k.category, ' > ', 1) AS category, k.shop, k.brand FROM first f LEFT JOIN listings k ON k.id = f.unit",
  },
  shop: { names: ['country'], of: 'k.country FROM first f LEFT JOIN shops k ON k.id = f.unit' },
  campaign: {
    names: ['objective', 'shop'],
    of: "coalesce(k.objective, 'visits') AS objective, k.shop FROM first f LEFT JOIN campaigns k ON k.id = f.unit",
  },
};

/** `exposures` are told of by the log's table, or by one that stands in for it. */
const outcomes = (of: string, { funnels = [], windowDays }: OutcomesRequest, exposures = ''): string => `
  WITH ${exposures} first AS (${first(6, 7)}),
  ended AS (SELECT ${LOG_END} AS log_end),
  charged AS (SELECT log_offset, sum(charged_micros) AS micros FROM charges GROUP BY 1),
  acts AS (
    SELECT ${UNIT_OF[of]!} AS unit, e.type, e.happened_at AS at, e.order_id, e.campaign IS NOT NULL AS ad, coalesce(c.micros, 0) AS charged,
      coalesce(e.value_micros, coalesce(e.quantity, 1) * e.price_micros, 0) AS value
    FROM events e LEFT JOIN listings l ON l.id = e.listing LEFT JOIN charged c ON c.log_offset = e.log_offset
    WHERE ${UNIT_OF[of]!} IS NOT NULL AND e.type <> 'exposure' AND NOT coalesce(e.bot, false)),
  met AS (
    SELECT f.unit, count(DISTINCT x.decision_id) AS decisions
    FROM first f JOIN exposures x ON x.unit = f.unit AND x.experiment = $1 AND x.version >= $2
      AND x.exposed_at < f.since + to_days($3::INTEGER)
    GROUP BY 1),
  near AS (
    SELECT f.*, t.log_end, a.* EXCLUDE (unit), a.at >= f.since AS after,
      CASE WHEN a.at >= f.since THEN (epoch_ms(a.at) - epoch_ms(f.since)) // ${MILLIS_PER_DAY} END AS days_after
    FROM first f CROSS JOIN ended t LEFT JOIN acts a ON a.unit = f.unit
      AND a.at >= f.since - to_days($4::INTEGER) AND a.at < f.since + to_days($3::INTEGER)
    WHERE f.variants = 1 AND (NOT $5::BOOLEAN OR f.since + to_days($3::INTEGER) <= t.log_end)),
  told AS (SELECT f.unit, ${DIMENSIONS[of]!.of}),
  counted AS (SELECT unit, variant, strftime(since, '%Y-%m-%d') AS day, strftime(date_trunc('week', since), '%Y-%m-%d') AS week,
    ${DIMENSIONS[of]!.names.map((name) => `any_value(${name}) AS ${name}`).join(', ')}, any_value(decisions) AS decisions,
    coalesce(bool_or(after AND type = 'purchase'), false)::INTEGER AS converted,
    count(DISTINCT order_id) FILTER (after AND type = 'purchase') AS orders,
    coalesce(sum(value) FILTER (after AND type = 'purchase'), 0) / 1e6 AS revenue,
    count(*) FILTER (after AND type = 'impression') AS impressions,
    count(*) FILTER (after AND type = 'click') AS clicks,
    count(*) FILTER (after AND ad AND type = 'impression') AS ad_impressions,
    count(*) FILTER (after AND ad AND type = 'click') AS ad_clicks,
    coalesce(sum(charged) FILTER (after), 0) / 1e6 AS ad_revenue,
    count(DISTINCT order_id) FILTER (NOT after AND type = 'purchase') AS orders_before,
    coalesce(sum(value) FILTER (NOT after AND type = 'purchase'), 0) / 1e6 AS revenue_before,
    count(DISTINCT days_after) AS active_days,
    ${RETURN_DAYS.filter((day) => day < windowDays)
      .map((day) => `coalesce(bool_or(days_after = ${day}), false)::INTEGER AS returned_${day},`)
      .join(' ')}
    coalesce(min(epoch_ms("at")) FILTER (after AND type = 'purchase'),
      least(epoch_ms(since + to_days($3::INTEGER)), greatest(epoch_ms(since), epoch_ms(any_value(log_end)))))::DOUBLE
      / ${MILLIS_PER_HOUR} - epoch_ms(since) / ${MILLIS_PER_HOUR} AS hours_to_order
  FROM near JOIN met USING (unit) JOIN told USING (unit) GROUP BY unit, variant, since)
  ${withFunnels(funnels)} ORDER BY unit`;

/** A column for each step: 1 where the unit came so far. */
function withFunnels(funnels: readonly Funnel[]): string {
  if (funnels.length === 0) return 'SELECT * FROM counted';
  const tables = funnels.map((funnel, f) => funnelTables(funnel, 'done', `funnel${f}`));
  const steps = funnels.flatMap((funnel, f) =>
    funnel.steps.map(
      (_, i) => `(coalesce(funnel${f}.depth, 0) > ${i})::INTEGER AS ${identifier(stepColumn(funnel, i + 1))}`,
    ),
  );
  const joins = funnels.map((_, f) => `LEFT JOIN funnel${f} USING (unit)`);
  return `, done AS (SELECT unit, type, epoch_ms(near."at") AS ms FROM near WHERE after),
  ${tables.join(',\n')} SELECT counted.*, ${steps.join(', ')} FROM counted ${joins.join(' ')}`;
}

/** Throws `not-found`; `bad-request` where events do not tell of its units. */
async function outcomesSql(lake: Lake, request: OutcomesRequest): Promise<string> {
  const { experiment: id, funnels = [] } = request;
  const [found] = await lake.query('SELECT unit FROM experiments WHERE id = $1', [id]);
  if (found === undefined) throw new RialtoError('not-found', `there is no experiment ${JSON.stringify(id)}`);
  mustBeEvents(funnels, found['unit'] === 'campaign');
  if (found['unit'] === 'campaign') return campaignOutcomes(first(6, 7), DIMENSIONS['campaign']!);
  const unit = found['unit'] as string;
  if (Object.hasOwn(UNIT_OF, unit)) return outcomes(unit, request);
  const message = `outcomes of units of ${found['unit']} cannot be told from events; there are ${Object.keys(UNIT_OF).join(', ')}, campaign`;
  throw new RialtoError('bad-request', message);
}

export interface HistoryOutcomes extends Pick<OutcomesRequest, 'windowDays' | 'beforeDays'> {
  readonly unit: 'buyer' | 'session';
  /** Of the log's end: units that came in them. */
  readonly historyDays: number;
  /** Only where they came to this placement. */
  readonly placement?: string | undefined;
}

/** As if an experiment had begun so many days ago, with one variant: what planning the next one starts from. Throws `no-data`. */
export async function historyOutcomes(lake: Lake, history: HistoryOutcomes): Promise<LakeResult> {
  const { unit, historyDays, windowDays, beforeDays, placement } = history;
  if (windowDays >= historyDays)
    throw new RialtoError(
      'bad-request',
      `a window of ${windowDays} days is never over within the last ${historyDays} days: take a longer history or a shorter window`,
    );
  const came = `SELECT '' AS experiment, 1 AS version, ${unit} AS unit, 'all' AS variant, decided_at AS exposed_at, log_offset, decision_id
    FROM decisions WHERE ${unit} IS NOT NULL AND decided_at > ${LOG_END} - to_days(${historyDays}::INTEGER)
      ${placement === undefined ? '' : `AND list_contains(placements, ${quoted(placement)})`}`;
  const [counted] = await lake.query(
    `SELECT count(*) AS n FROM (${came}) WHERE exposed_at + to_days(${windowDays}::INTEGER) <= ${LOG_END}`,
  );
  if (Number(counted!['n']) === 0)
    throw new RialtoError(
      'no-data',
      `no ${unit} came ${placement === undefined ? '' : `to placement ${JSON.stringify(placement)} `}in the last ${historyDays} days, ${windowDays} of them before the log's end`,
    );
  const request: OutcomesRequest = { experiment: '', windowDays, beforeDays, sinceVersion: 1, matured: true };
  const asked = ['', 1, windowDays, beforeDays, true, ...rangeOf(request)];
  return lake.stream(outcomes(unit, request, `exposures AS (${came}),`), asked);
}

/** Types of events that a unit can do in a funnel. */
const STEPS = [
  'impression',
  'click',
  'view',
  'search',
  'cart-add',
  'cart-remove',
  'favourite',
  'hide',
  'purchase',
  'return',
];

function mustBeEvents(funnels: readonly Funnel[], ofCampaigns: boolean): void {
  if (ofCampaigns && funnels.length > 0)
    throw new RialtoError('bad-request', `funnel ${funnels[0]!.name}: a campaign goes through no funnel; buyers do`);
  for (const { name, steps, event } of funnels) {
    if (event !== undefined)
      throw new RialtoError(
        'bad-request',
        `funnel ${name}: event and at are columns of a file; of the log, leave them out`,
      );
    const unknown = steps.find((step) => !STEPS.includes(step));
    if (unknown !== undefined)
      throw new RialtoError('bad-request', `funnel ${name}: ${JSON.stringify(unknown)} is none of ${STEPS.join(', ')}`);
  }
}

/** How many units were exposed. Throws `not-found`, `no-data` where none was. */
export async function exposedUnits(lake: Lake, request: OutcomesRequest): Promise<ExposedUnits> {
  const { experiment, sinceVersion, windowDays, matured } = request;
  await outcomesSql(lake, request);
  await mustBeInLog(lake, request);
  const sql = `SELECT count(*) AS units, count(*) FILTER (variants > 1) AS in_two,
    count(DISTINCT since::DATE) AS days,
    count(*) FILTER (variants = 1 AND since + to_days($5::INTEGER) > ${LOG_END}) AS early FROM (${first(3, 4)})`;
  const [counted] = await lake.query(sql, [experiment, sinceVersion, ...rangeOf(request), windowDays]);
  const units = Number(counted!['units']);
  if (units === 0)
    throw new RialtoError('no-data', `nobody has been exposed to experiment ${JSON.stringify(experiment)} yet`);
  const [inTwo, days, early] = ['in_two', 'days', 'early'].map((name) => Number(counted![name])) as [
    number,
    number,
    number,
  ];
  if (matured && units === inTwo + early)
    throw new RialtoError(
      'no-data',
      `no unit of experiment ${JSON.stringify(experiment)} has had its window of ${windowDays} days yet: look later, or at a shorter one`,
    );
  return { units, inTwo, days, early };
}

const rangeOf = ({ from = 0, to = Number.MAX_SAFE_INTEGER }: OutcomesRequest): [number, number] => [from, to];

/** Throws `bad-request` for dates that the log does not reach, or that are in the wrong order. */
async function mustBeInLog(lake: Lake, { from, to }: OutcomesRequest): Promise<void> {
  if (from === undefined && to === undefined) return;
  const day = (at: number): string => new Date(at).toISOString().slice(0, 10);
  if (from !== undefined && to !== undefined && from >= to)
    throw new RialtoError('bad-request', `from ${day(from)} must be before to ${day(to)}`);
  const sql = `SELECT epoch_ms(min(taken)) AS first, epoch_ms(max(taken)) AS last FROM (
    SELECT received_at AS taken FROM events WHERE NOT imported UNION ALL SELECT decided_at AS taken FROM decisions)`;
  const [log] = await lake.query(sql);
  const [begins, ends] = [Number(log!['first']), Number(log!['last'])];
  if ((from ?? begins) <= ends && (to ?? Number.POSITIVE_INFINITY) > begins) return;
  const asked = [from === undefined ? '' : `from ${day(from)}`, to === undefined ? '' : `to ${day(to)}`];
  throw new RialtoError(
    'bad-request',
    `${asked.filter(Boolean).join(' ')} is outside of the log, which reaches from ${day(begins)} to ${day(ends)}`,
  );
}

/** One row a unit, by unit. */
export async function experimentOutcomes(lake: Lake, request: OutcomesRequest): Promise<LakeResult> {
  const { experiment, sinceVersion, windowDays, beforeDays, matured } = request;
  return lake.stream(await outcomesSql(lake, request), [
    experiment,
    sinceVersion,
    windowDays,
    beforeDays,
    matured,
    ...rangeOf(request),
  ]);
}
