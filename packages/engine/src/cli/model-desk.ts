/** Where `rialto models` looks and acts: a running server over HTTP, or a data directory. Looking needs no lock. */
import type {
  ModelUpload,
  ModelVersion,
  ModelVersions,
  PromoteRequest,
  PublishStatus,
  RialtoClient,
  RollbackRequest,
  TryOutRequest,
} from '@rialto/sdk';
import { RialtoError } from '../base/errors.ts';
import { lookAtModels } from '../delivery/data-directory.ts';
import type { Engine } from '../delivery/engine.ts';
import type { PublishingPlace } from '../training/train-and-publish.ts';
import { atPlace, type PlaceOptions } from './server-or-directory.ts';

/** Who publishes is said with it. */
type Publication = ModelUpload & { readonly card: NonNullable<ModelUpload['card']>; readonly by: string };

export interface ModelCalls {
  publish(models: readonly Publication[], status: PublishStatus): Promise<readonly ModelVersion[]>;
  list(name?: string): Promise<readonly ModelVersion[]>;
  /** What a server found of what serves, and how its last trainings went; a directory knows neither. */
  told(): Promise<Pick<ModelVersions, 'verdict' | 'training'>>;
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

/**
 * Where what is trained on the directory is published: to the directory, which is opened, or to the server that has it open, and then the directory is only
 * read. A server that cannot be reached, or serves another log, is found before the training, not after it.
 */
export const atTraining = <T>(options: PlaceOptions, train: (place: PublishingPlace) => Promise<T>): Promise<T> =>
  atPlace(options, {
    directory: train,
    server: async (client) => {
      const { items } = await client.models.list();
      const { publish } = serverCalls(client);
      return lookAtModels(options.data, async ({ models }) => {
        refuseStranger(options, models.list(), items);
        return train({
          models: {
            checkName: (name) => models.checkName(name),
            serving: (name) => models.serving(name),
            publish: async (published, status = 'serving') => [...(await publish(published, status))],
          },
        });
      });
    },
  });

/** Throws `bad-request` where the directory has versions that the server has not: what is trained on the one is nothing to the other. */
function refuseStranger({ url, data }: PlaceOptions, here: readonly ModelVersion[], there: readonly ModelVersion[]) {
  const known = new Set(there.map(({ name, version, digest }) => `${name} ${version} ${digest}`));
  const missed = here.find(({ name, version, digest }) => !known.has(`${name} ${version} ${digest}`));
  if (missed === undefined) return;
  const what = `${missed.name} version ${missed.version} of ${data} is not among the models of ${url}`;
  throw new RialtoError('bad-request', `${what}: it does not serve this log. Name the server that does`);
}

function engineCalls({ models }: Pick<Engine, 'models'>): ModelCalls {
  return {
    publish: (published, status) => models.publish(published, status),
    list: async (name) => models.list(name),
    told: async () => ({}),
    read: async (name, version) => models.read(name, version),
    promote: (name, version, request) => models.promote(name, version, request, BY),
    rollback: (name, request) => models.rollback(name, request, BY),
    tryOut: (name, version, request) => models.tryOut(name, version, request, BY),
  };
}

function serverCalls({ models }: RialtoClient): ModelCalls {
  return {
    // Whose key it is says who publishes.
    publish: async (published, status) =>
      (
        await models.publish(
          published.map(({ by: _, ...model }) => model),
          { status },
        )
      ).items,
    list: async (name) => (await models.list(name)).items,
    told: async () => {
      const { verdict, training } = await models.list();
      return { ...(verdict && { verdict }), ...(training && { training }) };
    },
    read: (name, version) => models.get(name, version),
    promote: (name, version, request) => models.promote(name, version, request),
    rollback: (name, request) => models.rollback(name, request),
    tryOut: (name, version, request) => models.tryOut(name, version, request),
  };
}
