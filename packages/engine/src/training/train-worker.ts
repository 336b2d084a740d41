/** A worker thread that trains the models on a data directory's log. */
import { parentPort, workerData } from 'node:worker_threads';
import { logDirectory, openCheckpoints } from '../delivery/data-directory.ts';
import { answer } from '../delivery/worker-answer.ts';
import { FEATURE_NAMES } from '../features/catalogue.ts';
import { unpackAdditive } from '../learning/additive-model.ts';
import { FileLog } from '../log/file-log.ts';
import { readHistory } from './history.ts';
import { trainActions } from './train-actions.ts';
import { trainModels } from './train-models.ts';

const { directory, seed, model } = workerData as {
  readonly directory: string;
  readonly seed: number;
  readonly model: string;
};

await answer(parentPort!, async () => {
  const log = await FileLog.open(logDirectory(directory), { readOnly: true });
  const onProgress = (done: number, all: number, what: string): void =>
    parentPort!.postMessage({ progress: { done, all, what } });
  const past = await readHistory(log);
  const models = trainModels(past, { seed, model, serving: past.serving, onProgress });
  const start = unpackAdditive(models.ranker, FEATURE_NAMES);
  const serving = past.serving.get(model.replace('ranker', 'actions'));
  const checkpoints = openCheckpoints(directory);
  const actions = await trainActions({ log, checkpoints, start, seed, serving, onProgress });
  return actions === undefined ? models : { ...models, actions };
});
