/** Experiments started and stopped: the record that does it, and how they stand. */
import type { Experiment, ExperimentStatus, StopRequest } from '@rialto/sdk';
import { RialtoError } from '../base/errors.ts';
import { isLive, stageAt } from '../experiments/compiled-experiment.ts';
import { INTERLEAVED } from '../experiments/interleaving.ts';
import { experimentSchema } from '../wire/experiment-schema.ts';
import { validate } from '../wire/validate.ts';
import type { State } from './state.ts';

/** Throws `not-found`. */
export function startedExperiment({ market }: State, id: string): Experiment {
  const { ship: _ship, stopReason: _reason, ...experiment } = present(market.experiments.get(id), id);
  return { ...experiment, status: 'running' };
}

/** Throws `not-found`; `bad-request` where the variant to ship is none of its own. */
export function stoppedExperiment({ market }: State, id: string, { ship, reason }: StopRequest): Experiment {
  const experiment = present(market.experiments.get(id), id);
  const stopped: Experiment = {
    ...experiment,
    status: 'stopped',
    ...(ship !== undefined && { ship }),
    ...(reason !== undefined && { stopReason: reason }),
  };
  return validate(experimentSchema, stopped);
}

/** Throws `not-found`. */
export function statusOf({ experiments, market }: State, id: string, at: number): ExperimentStatus {
  const { status = 'draft', variants, ship, stopReason, interleaves, bandit } = present(market.experiments.get(id), id);
  const compiled = experiments.find(id)!;
  return {
    id,
    version: compiled.version,
    status,
    live: isLive(compiled, at),
    coverage: stageAt(compiled.stages, at)?.coverage ?? 0,
    exposures: (interleaves === undefined ? variants.map(({ name }) => name) : [INTERLEAVED]).map((variant) => ({
      variant,
      count: experiments.exposures(id, variant),
    })),
    ...(compiled.bandit && { probabilities: [...compiled.bandit.probabilities] }),
    ...(bandit?.by && { segments: compiled.bandit!.segments() }),
    ...(ship !== undefined && { ship }),
    ...(stopReason !== undefined && { stopReason }),
  };
}

function present(experiment: Experiment | undefined, id: string): Experiment {
  if (experiment !== undefined) return experiment;
  throw new RialtoError('not-found', `there is no experiment ${JSON.stringify(id)}`);
}
