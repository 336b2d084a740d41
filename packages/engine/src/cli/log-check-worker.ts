/** A worker thread that reads the older segments of a log to the last frame, for damage that no start has to look at. */
import { parentPort, workerData } from 'node:worker_threads';
import { logDirectory } from '../delivery/data-directory.ts';
import { answer } from '../delivery/worker-answer.ts';
import { FileLog } from '../log/file-log.ts';

const { directory } = workerData as { readonly directory: string };

await answer(parentPort!, async () => {
  const log = await FileLog.open(logDirectory(directory), { readOnly: true });
  await log.check();
});
