/**
 * A worker thread that folds the log from the newest checkpoint to an offset and writes the next one. The offset is the
 * engine's, so that nothing is in it that might still be cut off.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { SnapshotWriter } from '../base/snapshot.ts';
import { FileLog } from '../log/file-log.ts';
import { logDirectory, openCheckpoints } from './data-directory.ts';
import { rebuild } from './rebuild.ts';
import { answer } from './worker-answer.ts';

const { directory, offset } = workerData as { readonly directory: string; readonly offset: number };

await answer(parentPort!, async () => {
  const log = await FileLog.open(logDirectory(directory), { readOnly: true });
  const checkpoints = openCheckpoints(directory);
  const state = await rebuild({ log, checkpoints, offset });
  const snapshot = new SnapshotWriter();
  state.save(snapshot);
  await checkpoints.write(log, offset, snapshot.sections);
});
