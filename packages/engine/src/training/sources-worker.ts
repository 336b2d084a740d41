/** A worker thread that learns which candidate sources to trust from a data directory's log. */
import { parentPort, workerData } from 'node:worker_threads';
import { logDirectory, openCheckpoints } from '../delivery/data-directory.ts';
import { answer } from '../delivery/worker-answer.ts';
import { FileLog } from '../log/file-log.ts';
import { readHistory } from './history.ts';
import { trainSources } from './train-sources.ts';

const { directory, seed, cost } = workerData as {
  readonly directory: string;
  readonly seed: number;
  readonly cost: number;
};

await answer(parentPort!, async () => {
  const log = await FileLog.open(logDirectory(directory), { readOnly: true });
  const onProgress = (done: number, all: number, what: string): void =>
    parentPort!.postMessage({ progress: { done, all, what } });
  const stopwatch = (): number => 1_000 * performance.now();
  const checkpoints = openCheckpoints(directory);
  return trainSources({ log, checkpoints, history: await readHistory(log), seed, cost, stopwatch, onProgress });
});
