/**
 * The relative effects that past experiments had on a metric, read from the log: what a prior of the next one is learned from. Of experiments that were
 * stopped and dealt by buyer, session, listing or shop; what cannot be read or trusted is left out, with the reason.
 */
import type { Experiment } from '@rialto/sdk';
import { RialtoError } from '../base/errors.ts';
import { TUNED_AT } from '../experiments/analysis.ts';
import { checkWatched, WATCHED } from '../experiments/guarded-metrics.ts';
import type { Lake } from '../lake/open-lake.ts';
import { normalQuantile } from '../statistics/distributions.ts';
import { analyseOutcomes } from './commands/analyse-outcomes.ts';
import { openFreshLake } from './fresh-lake.ts';

export interface PastEffect {
  readonly experiment: string;
  readonly variant: string;
  /** Relative to the control. */
  readonly effect: number;
  readonly standardError: number;
}

export interface PastEffects {
  readonly effects: readonly PastEffect[];
  readonly leftOut: readonly { readonly experiment: string; readonly reason: string }[];
}

const UNITS: ReadonlySet<string> = new Set(['buyer', 'session', 'listing', 'shop']);
const ALPHA = 0.05;
const BEFORE_DAYS = 28;

/** Throws `bad-request` for metrics that the log does not tell of. */
export async function pastEffects(data: string, metric: string, windowDays: number): Promise<PastEffects> {
  checkWatched(metric);
  const lake = await openFreshLake(data);
  try {
    const effects: PastEffect[] = [];
    const leftOut: { experiment: string; reason: string }[] = [];
    for (const experiment of await stopped(lake)) {
      const found = await effectsOf(lake, experiment, { metric, windowDays });
      if (typeof found === 'string') leftOut.push({ experiment: experiment.id, reason: found });
      else effects.push(...found);
    }
    return { effects, leftOut };
  } finally {
    lake.close();
  }
}

async function stopped(lake: Lake): Promise<Experiment[]> {
  const sql = `SELECT max_by(entity, log_offset) AS entity FROM entity_changes WHERE kind = 'experiment' GROUP BY id
    HAVING max_by(entity->>'status', log_offset) = 'stopped' ORDER BY min(log_offset)`;
  return (await lake.query(sql)).map(({ entity }) => entity as unknown as Experiment);
}

/** Or why there are none. */
async function effectsOf(
  lake: Lake,
  experiment: Experiment,
  { metric, windowDays }: { readonly metric: string; readonly windowDays: number },
): Promise<PastEffect[] | string> {
  const { id, unit, variants, bandit, interleaves } = experiment;
  if (variants.length < 2) return 'it is a flag: there is nothing to compare';
  if (!UNITS.has(unit) || bandit !== undefined || interleaves !== undefined)
    return `it is no plain experiment by ${[...UNITS].join(', ')}`;
  const flags = {
    ...{
      data: '',
      dimension: [],
      alpha: ALPHA,
      tunedAt: TUNED_AT,
      windowDays,
      beforeDays: BEFORE_DAYS,
      sinceVersion: 1,
    },
    metric: [`${metric}:${WATCHED[metric]}`],
  };
  try {
    const { trust, metrics } = await analyseOutcomes(lake, experiment, flags);
    if (!trust.trusted) return trust.reasons.join('; ');
    const known = (metrics[0]?.effects ?? []).flatMap(({ variant, relative, relativeCi }): PastEffect[] => {
      if (relative === null || relativeCi === null || !(relativeCi[1] > relativeCi[0])) return [];
      const standardError = (relativeCi[1] - relativeCi[0]) / 2 / normalQuantile(1 - ALPHA / 2);
      return [{ experiment: id, variant, effect: relative, standardError }];
    });
    return known.length > 0 ? known : `its control has no ${metric} to compare with`;
  } catch (error) {
    if (error instanceof RialtoError && (error.code === 'bad-experiment' || error.code === 'no-data'))
      return error.message;
    throw error;
  }
}
