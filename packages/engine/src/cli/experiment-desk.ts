/** Where `rialto experiment` changes experiments: a running server over HTTP, or a data directory that no server has open. */
import type { Experiment, ExperimentStatus, RialtoClient, StopRequest } from '@rialto/sdk';
import { RialtoError } from '../base/errors.ts';
import type { Engine } from '../delivery/engine.ts';
import { experimentSchema } from '../wire/experiment-schema.ts';
import { validate } from '../wire/validate.ts';
import { atPlace, type PlaceOptions } from './server-or-directory.ts';

export interface ExperimentDesk {
  /** False where it was so already. */
  save(experiment: unknown): Promise<boolean>;
  read(id: string): Promise<Experiment>;
  start(id: string): Promise<ExperimentStatus>;
  stop(id: string, request: StopRequest): Promise<ExperimentStatus>;
  status(id: string): Promise<ExperimentStatus>;
  ids(): Promise<readonly string[]>;
}

const BY = 'rialto experiment';

/** Opens it, does the work, closes it. Throws `data-locked` where a server has the directory open. */
export const atDesk = <T>(options: PlaceOptions, work: (desk: ExperimentDesk) => Promise<T>): Promise<T> =>
  atPlace(options, { server: (client) => work(serverDesk(client)), directory: (engine) => work(engineDesk(engine)) });

function engineDesk(engine: Engine): ExperimentDesk {
  return {
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
  };
}

function serverDesk({ experiments }: RialtoClient): ExperimentDesk {
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
