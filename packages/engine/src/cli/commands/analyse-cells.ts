/** `rialto experiment analyse --experiment ID` of an experiment by region and time: its cells, from the log. */
import type { Experiment } from '@rialto/sdk';
import { RialtoError } from '../../base/errors.ts';
import type { CellResult } from '../../experiments/cell-result.ts';
import { parseMetrics } from '../../experiments/funnel.ts';
import { CELL_METRICS, CELL_METRICS_ON_REQUEST } from '../../experiments/guarded-metrics.ts';
import type { Lake } from '../../lake/open-lake.ts';
import { readCells } from '../read-cells.ts';
import type { AnalyseFlags } from './analyse-flags.ts';
import { withRoles } from './metric-roles.ts';

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
  const metrics = asked.length > 0 ? asked : withRoles(experiment, CELL_METRICS, CELL_METRICS_ON_REQUEST);
  const reading = { experiment: id, sinceVersion, periodHours: periodHours!, burnInMinutes, windowDays };
  const options = { alpha, prior, correction, tunedAt, mixture };
  const result = await readCells(lake, { ...reading, variants, metrics }, options);
  return { burnInMinutes, ...result };
}
