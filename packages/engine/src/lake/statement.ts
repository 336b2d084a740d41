/**
 * Statements: what each shop's campaigns did and cost day by day, what was given back and what was paid, with the balance
 * before and after every line. From the money tables of the lake, so the sums are the ledger's:
 *
 *     closing = opening − charged + refunded + paid
 *
 * Charges and refunds of a day come by campaign; a refund has lines of its own, by reason, on the day on which it was given.
 */

import type { DuckDBValue } from '@duckdb/node-api';
import type { StatementRow } from '@rialto/sdk';
import { INVALID_REASONS } from '../ads/invalid-reason.ts';
import { RialtoError } from '../base/errors.ts';
import type { Lake } from './open-lake.ts';
import { quoted } from './sql-text.ts';

export interface StatementOptions {
  /** All shops where absent. */
  readonly shop?: string;
  /** UTC days such as 2026-05-20, both inclusive. */
  readonly from: string;
  readonly to: string;
}

const INVALID = INVALID_REASONS.map(quoted).join(', ');
const PAID_FOR = "type = CASE billing WHEN 'view' THEN 'impression' WHEN 'click' THEN 'click' ELSE 'purchase' END";

/** Every line there is. What happens later on a day stands later: charges, refunds, payments. */
const LINES = `
  SELECT day, shop, campaign, billing AS entry, NULL AS reason,
    count(*) AS gross_events, count(*) FILTER (outcome IN (${INVALID})) AS invalid_events,
    count(*) FILTER (outcome = 'over-budget') AS free_events, sum(charged_micros)::HUGEINT AS charged_micros,
    0::HUGEINT AS refunded_micros, sum(over_delivered_micros)::HUGEINT AS over_delivered_micros, 0::HUGEINT AS paid_micros, 0 AS place
  FROM charges WHERE shop IS NOT NULL AND ${PAID_FOR} GROUP BY day, shop, campaign, billing
  UNION ALL
  SELECT day, shop, campaign, 'refund', reason, 0, 0, 0, 0, sum(refunded_micros), 0, 0, 1
  FROM refunds GROUP BY day, shop, campaign, reason
  UNION ALL
  SELECT day, shop, NULL, 'payment', NULL, 0, 0, 0, 0, 0, 0, sum(paid_micros), 2 FROM payments GROUP BY day, shop`;

const ORDER = 'day, place, campaign NULLS LAST, entry, reason NULLS FIRST';

const STATEMENT = `
  WITH lines AS (${LINES}),
  running AS (
    SELECT *, sum(paid_micros - charged_micros + refunded_micros) OVER (
      PARTITION BY shop ORDER BY ${ORDER} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS closing_micros
    FROM lines WHERE ($1 IS NULL OR shop = $1))
  SELECT strftime(day, '%Y-%m-%d') AS day, shop, campaign, entry, reason, gross_events::BIGINT AS gross_events,
    invalid_events::BIGINT AS invalid_events, (gross_events - invalid_events)::BIGINT AS net_events, free_events::BIGINT AS free_events,
    charged_micros, refunded_micros, over_delivered_micros, paid_micros,
    closing_micros - paid_micros + charged_micros - refunded_micros AS opening_micros, closing_micros
  FROM running WHERE day BETWEEN CAST($2 AS DATE) AND CAST($3 AS DATE) ORDER BY shop, ${ORDER}`;

/** Throws `bad-request` where the days are not in order. */
export async function readStatement(lake: Lake, { shop, from, to }: StatementOptions): Promise<StatementRow[]> {
  if (from > to)
    throw new RialtoError('bad-request', `from: the statement would begin on ${from} and end before, on ${to}`, {
      path: 'from',
    });
  const params: DuckDBValue[] = [shop ?? null, from, to];
  const rows = await lake.query(STATEMENT, params);
  return rows.map((row) => {
    const cells = Object.entries(row).map(([name, value]) => [name, typeof value === 'bigint' ? String(value) : value]);
    return Object.fromEntries(cells) as StatementRow;
  });
}
