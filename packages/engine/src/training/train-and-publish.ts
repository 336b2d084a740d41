/** Trains on a data directory in a worker thread and publishes what comes out to the engine that has the directory open. */
import { workerUrl } from '../base/worker-url.ts';
import type { Engine } from '../delivery/engine.ts';
import { inWorker } from '../delivery/in-worker.ts';
import type { ModelCard, TrainedModels, TrainingProgress } from './train-models.ts';

export interface PublishOptions {
  readonly seed: number;
  /** Who is said to have published. */
  readonly by: string;
  /** Only the ranker, under a name: for placements and experiments that ask for it. */
  readonly name?: string;
  readonly onProgress?: TrainingProgress;
}

/** Throws `no-data`; a failed training leaves what serves as it is. */
export async function trainAndPublish(
  engine: Engine,
  directory: string,
  { seed, by, name, onProgress }: PublishOptions,
): Promise<ModelCard> {
  const { ranker, embedding, card } = await inWorker<TrainedModels>(
    workerUrl(import.meta.url, './train-worker.ts'),
    { directory, seed },
    (progress) => {
      const { done, all, what } = progress as { done: number; all: number; what: string };
      onProgress?.(done, all, what);
    },
  );
  if (name === undefined) await engine.publishModel({ name: 'embedding', bytes: embedding, card: { ...card }, by });
  await engine.publishModel({
    name: name === undefined ? 'ranker' : `ranker:${name}`,
    bytes: ranker,
    card: { ...card },
    by,
  });
  return card;
}
