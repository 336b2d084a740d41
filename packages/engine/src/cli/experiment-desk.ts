/** Where `rialto experiment` changes experiments: a running server over HTTP, or a data directory that no server has open. */
import { type Experiment, type ExperimentStatus, RialtoApiError, RialtoClient, type StopRequest } from '@rialto/sdk';
import { ERRORS, type ErrorCode, RialtoError } from '../base/errors.ts';
import { openEngine } from '../delivery/data-directory.ts';
import { experimentSchema } from '../wire/experiment-schema.ts';
import { validate } from '../wire/validate.ts';
import { keysFromEnvironment } from './environment.ts';

export interface ExperimentDesk {
  /** False where it was so already. */
  save(experiment: unknown): Promise<boolean>;
  read(id: string): Promise<Experiment>;
  start(id: string): Promise<ExperimentStatus>;
  stop(id: string, request: StopRequest): Promise<ExperimentStatus>;
  status(id: string): Promise<ExperimentStatus>;
  ids(): Promise<readonly string[]>;
}

export interface DeskOptions {
  /** Of a running server. */
  readonly url?: string;
  /** Its API key; the first of RIALTO_API_KEYS where absent. */
  readonly key?: string;
  /** The data directory, where there is no `url`. */
  readonly data: string;
}

const BY = 'rialto experiment';

/** Opens it, does the work, closes it. Throws `data-locked` where a server has the directory open. */
export async function atDesk<T>(
  { url, key, data }: DeskOptions,
  work: (desk: ExperimentDesk) => Promise<T>,
): Promise<T> {
  if (url !== undefined) return ofServer(() => work(serverDesk(url, key)));
  const engine = await openEngine(data).catch((error: unknown) => {
    if (!(error instanceof RialtoError) || error.code !== 'data-locked') throw error;
    throw new RialtoError(
      'data-locked',
      `${error.message}; where that is a server, name it with --url http://HOST:PORT`,
    );
  });
  try {
    return await work({
      save: async (value) => {
        const { saved, rejected } = await engine.save('experiment', [validate(experimentSchema, value)], BY);
        if (rejected[0]) throw new RialtoError(rejected[0].code, rejected[0].message);
        return saved > 0;
      },
      read: async (id) => {
        engine.experimentStatus(id);
        return engine.read('experiment', id)!;
      },
      start: (id) => engine.startExperiment(id, BY),
      stop: (id, request) => engine.stopExperiment(id, request, BY),
      status: async (id) => engine.experimentStatus(id),
      ids: async () => engine.state.experiments.all().map(({ experiment }) => experiment.id),
    });
  } finally {
    await engine.close();
  }
}

function serverDesk(url: string, key: string | undefined): ExperimentDesk {
  const known = key ?? keysFromEnvironment().apiKeys.values().next().value;
  const { experiments } = new RialtoClient({ url, ...(known !== undefined && { key: known }) });
  return {
    save: (value) => experiments.put(validate(experimentSchema, value)),
    read: async (id) => {
      const { version: _, ...experiment } = (await experiments.get(id)) as Experiment & { version?: number };
      return experiment;
    },
    start: (id) => experiments.start(id),
    stop: (id, request) => experiments.stop(id, request),
    status: (id) => experiments.status(id),
    ids: async () => {
      const ids: string[] = [];
      for await (const { id } of experiments.all()) ids.push(id);
      return ids;
    },
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
