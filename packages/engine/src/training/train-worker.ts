/** A worker thread that trains the models on a data directory's log. */
import { parentPort, workerData } from 'node:worker_threads';
import { logDirectory } from '../delivery/data-directory.ts';
import { answer } from '../delivery/worker-answer.ts';
import { FileLog } from '../log/file-log.ts';
import { readHistory } from './history.ts';
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
  return trainModels(past, { seed, model, serving: past.serving, onProgress });
});
