/** A worker thread that folds the log from the newest checkpoint to its end and writes the next one. */
import { parentPort, workerData } from 'node:worker_threads';
import { SnapshotWriter } from '../base/snapshot.ts';
import { FileLog } from '../log/file-log.ts';
import { logDirectory, openCheckpoints } from './data-directory.ts';
import { rebuild } from './rebuild.ts';
import { answer } from './worker-answer.ts';

const { directory } = workerData as { readonly directory: string };

await answer(parentPort!, async () => {
  const log = await FileLog.open(logDirectory(directory), { readOnly: true });
  const checkpoints = openCheckpoints(directory);
  const state = await rebuild({ log, checkpoints });
  const snapshot = new SnapshotWriter();
  state.save(snapshot);
  await checkpoints.write(state.offset, snapshot.sections);
  return state.offset;
});
