/** Where `rialto models` looks and acts: a running server over HTTP, or a data directory. Looking needs no lock. */
import type { ModelVersion, PromoteRequest, RialtoClient, RollbackRequest, TryOutRequest } from '@rialto/sdk';
import { lookAtModels } from '../delivery/data-directory.ts';
import type { Engine } from '../delivery/engine.ts';
import { atPlace, type PlaceOptions } from './server-or-directory.ts';

export interface ModelCalls {
  list(name?: string): Promise<readonly ModelVersion[]>;
  read(name: string, version: number): Promise<ModelVersion>;
  promote(name: string, version: number, request: PromoteRequest): Promise<ModelVersion>;
  rollback(name: string, request: RollbackRequest): Promise<ModelVersion>;
  tryOut(name: string, version: number, request: TryOutRequest): Promise<ModelVersion>;
}

const BY = 'rialto models';

/** Opens it, does the work, closes it. Throws `data-locked` where a server has the directory open. */
export const atModels = <T>(options: PlaceOptions, work: (calls: ModelCalls) => Promise<T>): Promise<T> =>
  atPlace(options, { server: (client) => work(serverCalls(client)), directory: (engine) => work(engineCalls(engine)) });

/** The same for work that changes nothing: a server may have the directory open. */
export const lookingAtModels = <T>(options: PlaceOptions, look: (calls: ModelCalls) => Promise<T>): Promise<T> =>
  options.url === undefined ? lookAtModels(options.data, (found) => look(engineCalls(found))) : atModels(options, look);

function engineCalls({ models }: Pick<Engine, 'models'>): ModelCalls {
  return {
    list: async (name) => models.list(name),
    read: async (name, version) => models.read(name, version),
    promote: (name, version, request) => models.promote(name, version, request, BY),
    rollback: (name, request) => models.rollback(name, request, BY),
    tryOut: (name, version, request) => models.tryOut(name, version, request, BY),
  };
}

function serverCalls({ models }: RialtoClient): ModelCalls {
  return {
    list: async (name) => (await models.list(name)).items,
    read: (name, version) => models.get(name, version),
    promote: (name, version, request) => models.promote(name, version, request),
    rollback: (name, request) => models.rollback(name, request),
    tryOut: (name, version, request) => models.tryOut(name, version, request),
  };
}
