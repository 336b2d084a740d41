/**
 * What campaigns of an experiment did after they were met, one row a campaign, with what they had done before for CUPED. Orders and revenue
 * are those that ads are credited with by a click or view within seven days; money is in units of the currency, before refunds.
 */
import { LOG_END } from './sql-text.ts';

/** `first` selects the units with their variant and since when; parameters as of `experiment-outcomes.ts`. */
export const campaignOutcomes = (
  first: string,
  dimensions: { readonly names: readonly string[]; readonly of: string },
): string => `
  WITH first AS (${first}),
  acts AS (
    SELECT campaign, received_at AS at, (type = 'impression')::INTEGER AS impressions, (type = 'click')::INTEGER AS clicks,
      0 AS spent, 0 AS orders, 0 AS value
    FROM events WHERE campaign IS NOT NULL AND type IN ('impression', 'click') AND NOT coalesce(bot, false)
    UNION ALL SELECT campaign, charged_at, 0, 0, charged_micros, 0, 0 FROM charges WHERE campaign IS NOT NULL
    UNION ALL SELECT campaign, booked_at, 0, 0, 0, orders, value_micros FROM attributions WHERE window_days = 7),
  near AS (
    SELECT f.*, a.* EXCLUDE (campaign), a.at >= f.since AS after
    FROM first f LEFT JOIN acts a ON a.campaign = f.unit
      AND a.at >= f.since - to_days($4::INTEGER) AND a.at < f.since + to_days($3::INTEGER)
    WHERE f.variants = 1 AND (NOT $5::BOOLEAN OR f.since + to_days($3::INTEGER) <= ${LOG_END})),
  told AS (SELECT f.unit, ${dimensions.of})
  SELECT unit, variant, strftime(since, '%Y-%m-%d') AS day, strftime(date_trunc('week', since), '%Y-%m-%d') AS week,
    ${dimensions.names.map((name) => `any_value(${name}) AS ${name}`).join(', ')},
    coalesce(sum(impressions) FILTER (after), 0)::BIGINT AS impressions,
    coalesce(sum(clicks) FILTER (after), 0)::BIGINT AS clicks,
    coalesce(sum(spent) FILTER (after), 0)::DOUBLE / 1e6 AS spend,
    coalesce(sum(orders) FILTER (after), 0)::BIGINT AS orders,
    coalesce(sum(value) FILTER (after), 0)::DOUBLE / 1e6 AS revenue,
    coalesce(sum(clicks) FILTER (NOT after), 0)::BIGINT AS clicks_before,
    coalesce(sum(spent) FILTER (NOT after), 0)::DOUBLE / 1e6 AS spend_before,
    coalesce(sum(value) FILTER (NOT after), 0)::DOUBLE / 1e6 AS revenue_before
  FROM near JOIN told USING (unit) GROUP BY unit, variant, since ORDER BY unit`;
