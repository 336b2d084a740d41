/** `rialto experiment analyse --experiment ID`: what the units of an experiment did, from the log, with the metrics that the log tells of. */
import type { Experiment } from '@rialto/sdk';
import { assess } from '../../experiments/assess.ts';
import { parseMetrics } from '../../experiments/funnel.ts';
import { CAMPAIGN_METRICS, ON_REQUEST, WATCHED } from '../../experiments/guarded-metrics.ts';
import type { MetricSpec } from '../../experiments/metric-spec.ts';
import type { ExperimentResult } from '../../experiments/result.ts';
import { experimentOutcomes, exposedUnits } from '../../lake/experiment-outcomes.ts';
import type { Lake } from '../../lake/open-lake.ts';
import { readExperiment } from '../../lake/read-experiment.ts';
import { withoutEmptyRatios } from '../empty-ratios.ts';
import { answerFile } from '../lake-answer.ts';
import type { AnalyseFlags } from './analyse-flags.ts';
import { withRoles } from './metric-roles.ts';

/** Units exposed on more days than these are looked at by week. */
const DAYS_MAX = 60;

export async function analyseOutcomes(
  lake: Lake,
  experiment: Experiment,
  flags: AnalyseFlags,
): Promise<ExperimentResult> {
  const { id, variants } = experiment;
  const { alpha, prior, correction, tunedAt, mixture, windowDays, beforeDays, sinceVersion } = flags;
  const { matured = false, from, to, dimension } = flags;
  const { metrics: asked, funnels } = parseMetrics(flags.metric);
  const request = { experiment: id, windowDays, beforeDays, sinceVersion, matured, from, to, funnels };
  const { units, inTwo, days, early } = await exposedUnits(lake, request);
  const file = await answerFile(await experimentOutcomes(lake, request), `outcomes of ${id}`);
  try {
    const weights = new Map(variants.map(({ name, weight }) => [name, weight]));
    const columns = { unit: 'unit', variant: 'variant', control: variants[0]!.name, dimensions: dimension, weights };
    const day = days > DAYS_MAX ? 'week' : 'day';
    const read = (metrics: readonly MetricSpec[]) => readExperiment(file, { ...columns, metrics, day });
    const data = await withoutEmptyRatios(asked.length > 0 ? asked : metricsOf(experiment), read);
    const notes = [
      matured
        ? `units whose window of ${windowDays} days is not over were left out: ${early}`
        : `units whose window of ${windowDays} days is not over count with what they have done so far: ${early}`,
    ];
    return assess(
      { ...data, crossed: { units, inTwo }, notes: [...data.notes, ...notes] },
      { alpha, prior, correction, tunedAt, mixture },
    );
  } finally {
    await file.close();
  }
}

/** What the log tells of its units. */
function metricsOf(experiment: Experiment): MetricSpec[] {
  if (experiment.unit === 'campaign') return withRoles(experiment, CAMPAIGN_METRICS, {});
  const pick = (onRequest: boolean) =>
    Object.fromEntries(Object.entries(WATCHED).filter(([name]) => ON_REQUEST.has(name) === onRequest));
  return withRoles(experiment, pick(false), pick(true));
}
