/**
 * Models that serve together: a ranker, the heads that predict actions over its features, and, for the ranker that serves everybody, the embedding.
 * What served beside a version is noted when another takes its place, so that a way back brings back the whole of it.
 */
import type { ModelVersion } from '@rialto/sdk';
import { headsNameOf } from '../ranking/action-heads.ts';
import { rankerNameOf } from '../ranking/named-rankers.ts';
import { closedGates, type ModelRegistry } from './model-registry.ts';

export const RANKER = 'ranker';
export const EMBEDDING = 'embedding';

/** Version numbers by model; 0 where none served. */
export type Beside = Readonly<Record<string, number>>;

/** Of what serves, one model that is to change. */
export interface Companion {
  readonly name: string;
  /** Undefined where nothing is to serve: heads fall back to their priors. */
  readonly version: ModelVersion | undefined;
  readonly reason: string;
}

/** The names of those that serve with a ranker; none of any other model. */
export function companionsOf(name: string): readonly string[] {
  if (name === RANKER) return [EMBEDDING, 'actions'];
  const named = rankerNameOf(name);
  return named === undefined ? [] : [`actions:${named}`];
}

/** What serves beside the ranker that serves; undefined where none does, or the model is no ranker. */
export function besideOf(name: string, models: ModelRegistry): Beside | undefined {
  const companions = companionsOf(name);
  if (companions.length === 0 || models.serving(name) === undefined) return undefined;
  return Object.fromEntries(companions.map((one) => [one, models.serving(one)?.version ?? 0]));
}

/**
 * What has to change with a ranker's version that is to serve: what served beside it where it has served before, else what it was trained with, but
 * for heads whose gates are closed.
 */
export function companionsFor(version: ModelVersion, models: ModelRegistry): readonly Companion[] {
  const told = `${version.name} version ${version.version}`;
  return companionsOf(version.name).flatMap((name): Companion[] => {
    const serving = models.serving(name);
    const beside = version.beside?.[name];
    if (beside !== undefined) {
      if (beside === (serving?.version ?? 0)) return [];
      return [
        { name, version: models.find(name, beside), reason: `${told} served ${beside === 0 ? 'without' : 'with it'}` },
      ];
    }
    const digest = version.card[headsNameOf(name) === undefined ? EMBEDDING : 'actions'];
    const trained = typeof digest === 'string' ? models.ofDigest(name, digest) : undefined;
    if (trained === undefined || trained.digest === serving?.digest || closedGates(trained).length > 0) return [];
    return [{ name, version: trained, reason: `${told} was trained with it` }];
  });
}
