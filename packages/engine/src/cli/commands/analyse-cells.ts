/** `rialto experiment analyse --experiment ID` of an experiment by region and time: its cells, from the log. */
import type { Experiment } from '@rialto/sdk';
import { RialtoError } from '../../base/errors.ts';
import { type CellResult, cellResult } from '../../experiments/cell-result.ts';
import { parseMetrics } from '../../experiments/funnel.ts';
import type { MetricSpec } from '../../experiments/metric-spec.ts';
import { cellOutcomes } from '../../lake/cell-outcomes.ts';
import type { Lake } from '../../lake/open-lake.ts';
import type { AnalyseFlags } from './analyse-flags.ts';
import { withRoles } from './metric-roles.ts';

/** By name: as for buyers, but of decisions, since a cell has as many as come. */
const OF_CELLS: Readonly<Record<string, string>> = {
  conversion: 'kind=ratio,num=converted,den=decisions',
  orders: 'kind=ratio,num=orders,den=decisions',
  revenue: 'kind=ratio,num=revenue,den=decisions',
  clicks: 'kind=ratio,num=clicks,den=decisions',
  ctr: 'kind=ratio,num=clicks,den=impressions',
  'ad-clicks': 'kind=ratio,num=ad_clicks,den=decisions',
  'ad-revenue': 'kind=ratio,num=ad_revenue,den=decisions',
  decisions: 'kind=mean,num=decisions',
};

/** Other names of the same. */
const ALIASES: Readonly<Record<string, string>> = {
  spend: 'kind=ratio,num=ad_revenue,den=decisions',
  'revenue-per-decision': 'kind=ratio,num=revenue,den=decisions',
};

export async function analyseCells(
  lake: Lake,
  experiment: Experiment,
  flags: AnalyseFlags,
): Promise<CellResult & { readonly burnInMinutes: number }> {
  const { id, variants, periodHours } = experiment;
  const { alpha, prior, correction, tunedAt, mixture, windowDays, sinceVersion } = flags;
  const burnInMinutes = flags.burnInMinutes ?? experiment.burnInMinutes ?? 0;
  if (burnInMinutes >= 60 * periodHours!)
    throw new RialtoError(
      'bad-request',
      `--burn-in-minutes ${burnInMinutes} leaves nothing of periods of ${periodHours} hours`,
      { option: '--burn-in-minutes' },
    );
  const { metrics: asked, funnels } = parseMetrics(flags.metric);
  if (funnels.length > 0)
    throw new RialtoError('bad-request', `funnel ${funnels[0]!.name}: a region goes through no funnel; buyers do`);
  const request = { experiment: id, sinceVersion, periodHours: periodHours!, burnInMinutes, windowDays };
  const { decisions, burntIn, inTwo, ...cells } = await cellOutcomes(lake, request);
  const notes = [
    `decisions left out as burn-in, the first ${burnInMinutes} minutes of each period: ${burntIn} of ${decisions}`,
    `cells that met two variants were left out: ${inTwo}`,
  ];
  const metrics: readonly MetricSpec[] = asked.length > 0 ? asked : withRoles(experiment, OF_CELLS, ALIASES);
  const result = cellResult(
    { ...cells, periodHours: periodHours!, variants, metrics, notes },
    { alpha, prior, correction, tunedAt, mixture },
  );
  return { burnInMinutes, ...result };
}
