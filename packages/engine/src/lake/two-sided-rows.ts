/**
 * The outcomes of a two-sided experiment: for every listing or campaign that was met, what control buyers and treated buyers did with it
 * since the first exposure, and what all buyers did in the days before. Buyers that met two variants are left out.
 */
import { RialtoError } from '../base/errors.ts';
import type { Lake } from './open-lake.ts';

const METRICS = ['impressions', 'clicks', 'orders', 'revenue', 'spend'] as const;

export interface TwoSidedRequest {
  readonly experiment: string;
  readonly of: 'listing' | 'campaign';
  /** Names of control and treatment. */
  readonly variants: readonly [string, string];
  readonly sinceVersion: number;
  /** Days from the first exposure on that count. */
  readonly windowDays: number;
  readonly beforeDays: number;
}

export interface TwoSidedRows {
  /** Buyers exposed, of each arm. */
  readonly buyers: readonly [number, number];
  readonly buyersInTwo: number;
  /** 1 where it is treated. [items] */
  readonly treated: Uint8Array;
  /** By metric: [items] */
  readonly control: Readonly<Record<string, Float64Array>>;
  readonly treatment: Readonly<Record<string, Float64Array>>;
  readonly before: Readonly<Record<string, Float64Array>>;
}

const MET = `
  met AS (SELECT * FROM exposures WHERE experiment = $1 AND version >= $2),
  buyers AS (SELECT unit, arg_min(variant, log_offset) AS variant, count(DISTINCT variant) AS variants
    FROM met WHERE side IS NULL GROUP BY unit)`;

/** What was done with an item: by whom, when, and what it came to. */
const ACTS: Readonly<Record<TwoSidedRequest['of'], string>> = {
  listing: `
    SELECT coalesce(e.buyer, e.session) AS who, e.listing AS item, e.received_at AS at,
      (e.type = 'impression')::INTEGER AS impressions, (e.type = 'click')::INTEGER AS clicks,
      (e.type = 'purchase')::INTEGER AS orders,
      CASE WHEN e.type = 'purchase' THEN coalesce(e.value_micros, coalesce(e.quantity, 1) * e.price_micros, 0) ELSE 0 END AS revenue,
      coalesce(c.micros, 0) AS spend
    FROM events e LEFT JOIN charged c ON c.log_offset = e.log_offset
    WHERE e.type IN ('impression', 'click', 'purchase') AND e.listing IS NOT NULL AND NOT coalesce(e.bot, false)`,
  campaign: `
    SELECT coalesce(buyer, session) AS who, e.campaign AS item, received_at AS at, (type = 'impression')::INTEGER AS impressions,
      (type = 'click')::INTEGER AS clicks, 0 AS orders, 0 AS revenue, 0 AS spend
    FROM events e WHERE type IN ('impression', 'click') AND e.campaign IS NOT NULL AND NOT coalesce(bot, false)
    UNION ALL SELECT coalesce(e.buyer, e.session), c.campaign, e.received_at, 0, 0, 0, 0, c.charged_micros
    FROM charges c JOIN events e ON e.log_offset = c.log_offset
    UNION ALL SELECT coalesce(e.buyer, e.session), a.campaign, a.booked_at, 0, 0, a.orders, a.value_micros, 0
    FROM attributions a JOIN events e ON e.log_offset = a.log_offset WHERE a.window_days = 7`,
};

const rowsSql = (of: TwoSidedRequest['of']): string => {
  const sums = (name: string, filter: string): string =>
    METRICS.map((m) => `coalesce(sum(${m}) FILTER (${filter}), 0)::DOUBLE AS ${name}_${m}`).join(', ');
  return `
    WITH ${MET},
    span AS (SELECT min(exposed_at) AS since FROM met),
    items AS (SELECT unit, arg_min(variant, log_offset) AS variant FROM met WHERE side = '${of}' GROUP BY unit),
    charged AS (SELECT log_offset, sum(charged_micros) AS micros FROM charges GROUP BY 1),
    acts AS (${ACTS[of]}),
    near AS (
      SELECT i.unit, i.variant, a.* EXCLUDE (who, item), a.at >= s.since AS after, b.variant AS buyer_variant
      FROM items i CROSS JOIN span s
      LEFT JOIN acts a ON a.item = i.unit AND a.at >= s.since - to_days($4::INTEGER) AND a.at < s.since + to_days($3::INTEGER)
      LEFT JOIN buyers b ON b.unit = a.who AND b.variants = 1)
    SELECT unit, variant, ${sums('control', 'after AND buyer_variant = $5')}, ${sums('treatment', 'after AND buyer_variant = $6')},
      ${sums('before', 'NOT after')}
    FROM near GROUP BY unit, variant ORDER BY unit`;
};

/** Throws `no-data` where nobody was exposed. */
export async function twoSidedRows(lake: Lake, request: TwoSidedRequest): Promise<TwoSidedRows> {
  const { experiment, of, variants, sinceVersion, windowDays, beforeDays } = request;
  const counted = await lake.query(
    `WITH ${MET} SELECT variant, variants > 1 AS in_two, count(*) AS n FROM buyers GROUP BY ALL`,
    [experiment, sinceVersion],
  );
  if (counted.length === 0)
    throw new RialtoError('no-data', `nobody has been exposed to experiment ${JSON.stringify(experiment)} yet`);
  const count = (holds: (row: (typeof counted)[number]) => boolean): number =>
    counted.filter(holds).reduce((sum, { n }) => sum + Number(n), 0);
  const parameters = [experiment, sinceVersion, windowDays, beforeDays, ...variants];
  const rows = await lake.query(rowsSql(of), parameters);
  const known = rows.filter(({ variant }) => variants.includes(String(variant)));
  const columns = (name: string) =>
    Object.fromEntries(
      METRICS.map((metric) => [metric, Float64Array.from(known, (row) => Number(row[`${name}_${metric}`]))]),
    );
  const armOf = (arm: 0 | 1): number => count((row) => row['variant'] === variants[arm] && row['in_two'] === false);
  return {
    buyers: [armOf(0), armOf(1)],
    buyersInTwo: count((row) => row['in_two'] === true),
    treated: Uint8Array.from(known, ({ variant }) => (variant === variants[1] ? 1 : 0)),
    control: columns('control'),
    treatment: columns('treatment'),
    before: columns('before'),
  };
}
