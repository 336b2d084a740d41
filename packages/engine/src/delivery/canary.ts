/**
 * A canary as an experiment: a share of buyers, by the hash of each, gets placements that ask for the version tried out. So its exposures are
 * logged, its effects are analysed and its guardrails are judged like any other's (`rialto experiment`).
 */
import type { Experiment, Guardrail, Placement } from '@rialto/sdk';
import { RialtoError } from '../base/errors.ts';
import { checkWatched } from '../experiments/guarded-metrics.ts';
import { rankerNameOf } from '../ranking/named-rankers.ts';
import { canaryOf } from './apply-model.ts';
import type { State } from './state.ts';

const CONTROL = 'control';
const CANARY = 'canary';

/** The id of the experiment that a canary of the model is. */
export const experimentOf = (model: string): string => `canary-${model.replaceAll(':', '-')}`;

interface CanaryPlan {
  readonly version: number;
  readonly share: number;
  readonly guardrails: readonly Guardrail[] | undefined;
}

/** Throws `bad-request` where no placement is ranked by the model, `id-taken` where somebody's own experiment has the canary's id. */
export function canaryExperiment(
  { market: { placements, experiments } }: State,
  model: string,
  { version, share, guardrails }: CanaryPlan,
): Experiment {
  const named = rankerNameOf(model);
  const ranked: Placement[] = [];
  for (let row = 0; row < placements.size; row++) {
    const placement = placements.at(row);
    if (placement.ranker === named && (placement.ranks ?? 'listings') === 'listings') ranked.push(placement);
  }
  if (ranked.length === 0)
    throw new RialtoError('bad-request', `no placement is ranked by ${model}: nobody would meet it`);
  for (const { metric } of guardrails ?? []) checkWatched(metric);
  const id = experimentOf(model);
  const variants = experiments.get(id)?.variants ?? [];
  if (variants.some(({ name }) => name !== CONTROL && name !== CANARY))
    throw new RialtoError(
      'id-taken',
      `experiment ${JSON.stringify(id)} is none of a canary, and canaries of ${model} go by that id: save it under another one first`,
    );
  const ranker = canaryOf(model)!;
  const changes = Object.fromEntries(ranked.map(({ id }) => [id, { ranker }]));
  return {
    id,
    description: `version ${version} of ${model}, for a share of buyers`,
    status: 'running',
    unit: 'buyer',
    seed: `${model} ${version}`,
    variants: [
      { name: CONTROL, weight: 1 - share },
      { name: CANARY, weight: share, changes },
    ],
    ...(guardrails !== undefined && { guardrails }),
  };
}

/** The model's canary stopped; undefined where none runs. */
export function stoppedCanary(
  { market: { experiments } }: State,
  model: string,
  reason: string,
): Experiment | undefined {
  const running = experiments.get(experimentOf(model));
  return running?.status === 'running' ? { ...running, status: 'stopped', stopReason: reason } : undefined;
}
