/** Which models serve, since when, how old what they know is, and whether what was last found of the ranker is of the one that serves. */
import type { Health, ModelVerdict, ServingModel } from '@rialto/sdk';
import { RANKER } from './model-family.ts';
import type { ModelRegistry } from './model-registry.ts';
import type { State } from './state.ts';

/** Fewer decisions say nothing of drift. */
export const DECISIONS_MIN = 30;

export function servingModels({ models, logTime }: Pick<State, 'models' | 'logTime'>): readonly ServingModel[] {
  return models.names.flatMap((name): ServingModel[] => {
    const serving = models.serving(name);
    if (serving === undefined) return [];
    const { version, since, digest, at, card } = serving;
    const { to } = card;
    const known = typeof to === 'number' ? to : at;
    return [{ name, version, since, ageSeconds: Math.max(0, logTime - known) / 1_000, digest }];
  });
}

export function driftOf(found: ModelVerdict | undefined, models: ModelRegistry): Health['drift'] {
  if (found === undefined) return { verdict: 'unknown' };
  const { at, version, decisions, alerts } = found;
  const told = { at, alerts: alerts.length };
  if (version === undefined || version !== models.serving(RANKER)?.version) return { verdict: 'unknown', ...told };
  if (alerts.length > 0) return { verdict: 'alerts', ...told };
  return { verdict: decisions < DECISIONS_MIN ? 'unknown' : 'good', ...told };
}
