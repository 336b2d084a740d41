/** Metrics that the log tells of every experiment's units, by name: what a server's guardrails may ask for. */
import { RialtoError } from '../base/errors.ts';

/** As `metric-spec.ts` reads them, over the columns of an experiment's outcomes. All are worse where they are lower. */
export const WATCHED: Readonly<Record<string, string>> = {
  conversion: 'kind=proportion,num=converted',
  orders: 'kind=mean,num=orders,covariate=orders_before',
  revenue: 'kind=mean,num=revenue,cap=.999,covariate=revenue_before',
  clicks: 'kind=mean,num=clicks',
  ctr: 'kind=ratio,num=clicks,den=impressions',
  'revenue-per-decision': 'kind=ratio,num=revenue,den=decisions',
  'ad-clicks': 'kind=mean,num=ad_clicks',
  'ad-revenue': 'kind=mean,num=ad_revenue,cap=.999',
};

/** Only for those who name them: of what is exposed in decisions. */
export const ON_REQUEST: ReadonlySet<string> = new Set(['revenue-per-decision']);

/** Of campaigns as units: what their ads did, and cost. */
export const CAMPAIGN_METRICS: Readonly<Record<string, string>> = {
  spend: 'kind=mean,num=spend,covariate=spend_before',
  clicks: 'kind=mean,num=clicks,covariate=clicks_before',
  orders: 'kind=mean,num=orders',
  revenue: 'kind=mean,num=revenue,covariate=revenue_before',
  'cost-per-click': 'kind=ratio,num=spend,den=clicks,better=lower',
  'return-on-spend': 'kind=ratio,num=revenue,den=spend',
};

/** The same of cells of region and period: of decisions, since a cell has as many as come. */
export const CELL_METRICS: Readonly<Record<string, string>> = {
  conversion: 'kind=ratio,num=converted,den=decisions',
  orders: 'kind=ratio,num=orders,den=decisions',
  revenue: 'kind=ratio,num=revenue,den=decisions',
  clicks: 'kind=ratio,num=clicks,den=decisions',
  ctr: 'kind=ratio,num=clicks,den=impressions',
  'ad-clicks': 'kind=ratio,num=ad_clicks,den=decisions',
  'ad-revenue': 'kind=ratio,num=ad_revenue,den=decisions',
  decisions: 'kind=mean,num=decisions',
};

/** Other names of the same, for those who name them. */
export const CELL_METRICS_ON_REQUEST: Readonly<Record<string, string>> = {
  spend: 'kind=ratio,num=ad_revenue,den=decisions',
  'revenue-per-decision': 'kind=ratio,num=revenue,den=decisions',
};

/** What the log tells of the units of an experiment, for its guardrails. */
export const watchedOf = (unit: string): Readonly<Record<string, string>> =>
  unit === 'campaign' ? CAMPAIGN_METRICS : WATCHED;

/** Throws `bad-request` where the log does not tell of the metric. */
export function checkWatched(metric: string): void {
  if (Object.hasOwn(WATCHED, metric)) return;
  const known = Object.keys(WATCHED).join(', ');
  throw new RialtoError('bad-request', `the log tells of no metric ${JSON.stringify(metric)}; there are ${known}`);
}
