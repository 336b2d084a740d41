/** Where `rialto models` looks and acts: a running server over HTTP, or a data directory. Looking needs no lock. */
import {
  type ModelVersion,
  type PromoteRequest,
  RialtoApiError,
  RialtoClient,
  type RollbackRequest,
  type TryOutRequest,
} from '@rialto/sdk';
import { ERRORS, type ErrorCode, RialtoError } from '../base/errors.ts';
import { openEngine } from '../delivery/data-directory.ts';
import { keysFromEnvironment } from './environment.ts';
import type { DeskOptions } from './experiment-desk.ts';

export interface ModelCalls {
  list(name?: string): Promise<readonly ModelVersion[]>;
  read(name: string, version: number): Promise<ModelVersion>;
  promote(name: string, version: number, request: PromoteRequest): Promise<ModelVersion>;
  rollback(name: string, request: RollbackRequest): Promise<ModelVersion>;
  tryOut(name: string, version: number, request: TryOutRequest): Promise<ModelVersion>;
}

const BY = 'rialto models';

/** Opens it, does the work, closes it. Throws `data-locked` where a server has the directory open. */
export async function atModels<T>(
  { url, key, data }: DeskOptions,
  work: (calls: ModelCalls) => Promise<T>,
): Promise<T> {
  if (url !== undefined) return ofServer(() => work(serverCalls(url, key)));
  const engine = await openEngine(data).catch((error: unknown) => {
    if (!(error instanceof RialtoError) || error.code !== 'data-locked') throw error;
    const message = `${error.message}; where that is a server, name it with --url http://HOST:PORT`;
    throw new RialtoError('data-locked', message);
  });
  try {
    const { models } = engine;
    return await work({
      list: async (name) => models.list(name),
      read: async (name, version) => models.read(name, version),
      promote: (name, version, request) => models.promote(name, version, request, BY),
      rollback: (name, request) => models.rollback(name, request, BY),
      tryOut: (name, version, request) => models.tryOut(name, version, request, BY),
    });
  } finally {
    await engine.close();
  }
}

function serverCalls(url: string, key: string | undefined): ModelCalls {
  const known = key ?? keysFromEnvironment().apiKeys.values().next().value;
  const { models } = new RialtoClient({ url, ...(known !== undefined && { key: known }) });
  return {
    list: async (name) => (await models.list(name)).items,
    read: (name, version) => models.get(name, version),
    promote: (name, version, request) => models.promote(name, version, request),
    rollback: (name, request) => models.rollback(name, request),
    tryOut: (name, version, request) => models.tryOut(name, version, request),
  };
}

/** The server's errors are the same as ours. */
async function ofServer<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof RialtoApiError)) throw error;
    const code = error.code in ERRORS ? (error.code as ErrorCode) : 'bad-request';
    throw new RialtoError(code, error.message);
  }
}
