/** A worker thread that looks at how the ranker that serves does. */
import { parentPort, workerData } from 'node:worker_threads';
import { logDirectory, openCheckpoints } from '../delivery/data-directory.ts';
import { answer } from '../delivery/worker-answer.ts';
import { FileLog } from '../log/file-log.ts';
import { watchModels } from './watch-models.ts';

const { directory } = workerData as { readonly directory: string };

await answer(parentPort!, async () => {
  const log = await FileLog.open(logDirectory(directory), { readOnly: true });
  return watchModels({ log, checkpoints: openCheckpoints(directory) });
});
