/** A worker thread that trains the models on a data directory's log. */
import { parentPort, workerData } from 'node:worker_threads';
import { logDirectory, openCheckpoints } from '../delivery/data-directory.ts';
import { memoryOf, readModel } from '../delivery/read-model.ts';
import { answer } from '../delivery/worker-answer.ts';
import { FileLog } from '../log/file-log.ts';
import { additivePartOf } from '../ranking/ranker.ts';
import { readHistory } from './history.ts';
import { sampleTraffic } from './traffic-sample.ts';
import { trainActions } from './train-actions.ts';
import type { TrainedInWorker } from './train-and-publish.ts';
import { trainModels } from './train-models.ts';
import type { RankerLearner } from './train-ranker.ts';

const { directory, seed, learner, model } = workerData as {
  readonly directory: string;
  readonly seed: number;
  readonly learner: RankerLearner;
  readonly model: string;
};

await answer(
  parentPort!,
  async (): Promise<TrainedInWorker> => {
    const log = await FileLog.open(logDirectory(directory), { readOnly: true });
    const onProgress = (done: number, all: number, what: string): void =>
      parentPort!.postMessage({ progress: { done, all, what } });
    const past = await readHistory(log);
    const models = trainModels(past, { seed, learner, model, serving: past.serving, onProgress });
    const start = additivePartOf(models.ranker);
    const serving = past.serving.get(model.replace('ranker', 'actions'));
    const checkpoints = openCheckpoints(directory);
    const traffic = await sampleTraffic({ log, checkpoints });
    const read = readModel('embedding', models.embedding, models.card.listings.count);
    const described = { ...models, read, card: { ...models.card, ...(traffic && { traffic }) } };
    const actions = await trainActions({ log, checkpoints, start, seed, serving, onProgress });
    return actions === undefined ? described : { ...described, actions };
  },
  ({ read }) => memoryOf(read),
);
