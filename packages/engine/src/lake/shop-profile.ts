/** A shop's traffic, buyers and campaigns in the last days of its log, for a plan to simulate. */
import { RialtoError } from '../base/errors.ts';
import type { CampaignProfile, ShopProfile } from '../experiments/shop-profile.ts';
import type { Lake } from './open-lake.ts';

/** Of a day's budget: what was spent of it where it held the campaign back. */
const HELD = 0.95;
/** Regions with a smaller share of the decisions are none of their own. */
const REGION_MIN = 0.01;

const SPAN = `span AS (SELECT max(decided_at) AS until, max(decided_at) - to_days($1::INTEGER) AS since FROM decisions)`;

const TRAFFIC = `
  WITH ${SPAN}
  SELECT count(*) AS pages, count(*) FILTER (ads > 0) AS ad_pages,
    (epoch_ms(max(decided_at)) - epoch_ms(min(decided_at))) / 86400000.0 AS days
  FROM decisions, span WHERE decided_at > since`;

const HOURS = `
  WITH ${SPAN} SELECT hour(decided_at)::INTEGER AS hour, count(*) AS pages FROM decisions, span WHERE decided_at > since GROUP BY 1`;

const REGIONS = `
  WITH ${SPAN}, seen AS (
    SELECT coalesce(region, country) AS region, count(*) AS n FROM decisions, span WHERE decided_at > since GROUP BY 1)
  SELECT count(*) AS regions FROM seen WHERE region IS NOT NULL AND n >= ${REGION_MIN} * (SELECT sum(n) FROM seen)`;

const BUYERS = `
  WITH ${SPAN}, pages AS (
    SELECT coalesce(buyer, session) AS who, count(*) AS pages FROM decisions, span
    WHERE decided_at > since AND coalesce(buyer, session) IS NOT NULL GROUP BY 1),
  acts AS (
    SELECT coalesce(buyer, session) AS who, count(*) FILTER (type = 'click') AS clicks,
      count(DISTINCT order_id) FILTER (type = 'purchase') AS orders
    FROM events, span WHERE received_at > since AND type IN ('click', 'purchase') AND NOT coalesce(bot, false) GROUP BY 1)
  SELECT count(*) AS buyers, avg(pages) AS pages_mean, avg(coalesce(clicks, 0)) AS clicks_mean,
    coalesce(var_samp(coalesce(clicks, 0)), 0) AS clicks_variance, avg(coalesce(orders, 0)) AS orders_mean,
    coalesce(var_samp(coalesce(orders, 0)), 0) AS orders_variance
  FROM pages LEFT JOIN acts USING (who)`;

const CAMPAIGNS = `
  WITH ${SPAN}, shown AS (
    SELECT i.campaign, coalesce(d.region, d.country, '') AS region, CAST(i.decided_at AS DATE) AS day, count(*) AS n
    FROM decision_items i JOIN decisions d ON d.log_offset = i.log_offset, span
    WHERE i.campaign IS NOT NULL AND i.decided_at > since GROUP BY ALL),
  views AS (
    SELECT campaign, sum(n) AS views, count(DISTINCT day) AS days FROM shown GROUP BY 1),
  largest AS (SELECT campaign, max(n) AS n FROM (SELECT campaign, region, sum(n) AS n FROM shown GROUP BY ALL) GROUP BY 1),
  budgets AS (SELECT id AS campaign, daily_budget_micros AS budget FROM campaigns),
  spent AS (
    SELECT campaign, day, sum(charged_micros) AS micros FROM charges, span WHERE charged_at > since GROUP BY ALL),
  spending AS (
    SELECT s.campaign, sum(micros) AS micros,
      avg((budget IS NOT NULL AND micros >= ${HELD} * budget)::INTEGER) FILTER (micros > 0) AS held
    FROM spent s LEFT JOIN budgets b ON b.campaign = s.campaign GROUP BY 1)
  SELECT v.campaign, v.views, v.days, coalesce(s.micros, 0) AS micros, coalesce(s.held, 0) AS held, b.budget, l.n AS largest
  FROM views v JOIN largest l USING (campaign) LEFT JOIN spending s USING (campaign) LEFT JOIN budgets b USING (campaign)
  ORDER BY v.views DESC, v.campaign`;

/** Throws `no-data` where the log has less than a day of decisions. */
export async function shopProfile(lake: Lake, days: number): Promise<ShopProfile> {
  const [traffic] = await lake.query(TRAFFIC, [days]);
  const lived = Math.min(days, Number(traffic!['days'] ?? 0));
  if (!(lived >= 1))
    throw new RialtoError(
      'no-data',
      'the log has less than a day of decisions: a plan needs a day at least, better weeks',
    );
  const hours = await lake.query(HOURS, [days]);
  const [regions] = await lake.query(REGIONS, [days]);
  const [buyers] = await lake.query(BUYERS, [days]);
  const pages = Number(traffic!['pages']);
  const shareOf = (hour: number): number => Number(hours.find((row) => row['hour'] === hour)?.['pages'] ?? 0) / pages;
  return {
    days: lived,
    pagesADay: pages / lived,
    adPagesADay: Number(traffic!['ad_pages']) / lived,
    hourShares: Array.from({ length: 24 }, (_, hour) => shareOf(hour)),
    regions: Number(regions!['regions']),
    campaigns: (await lake.query(CAMPAIGNS, [days])).map(campaignOf),
    buyers: {
      count: Number(buyers!['buyers']),
      pagesMean: Number(buyers!['pages_mean']),
      clicksMean: Number(buyers!['clicks_mean']),
      clicksVariance: Number(buyers!['clicks_variance']),
      ordersMean: Number(buyers!['orders_mean']),
      ordersVariance: Number(buyers!['orders_variance']),
    },
  };
}

function campaignOf(row: Readonly<Record<string, unknown>>): CampaignProfile {
  const [views, days, micros] = [Number(row['views']), Number(row['days']), Number(row['micros'])];
  return {
    id: String(row['campaign']),
    viewsADay: views / days,
    spentADayMicros: micros / days,
    budgetADayMicros: row['budget'] === null ? Number.POSITIVE_INFINITY : Number(row['budget']),
    heldShare: Number(row['held']),
    perViewMicros: micros / views,
    regionShare: Number(row['largest']) / views,
  };
}
