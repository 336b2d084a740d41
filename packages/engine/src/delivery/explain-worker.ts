/** A worker thread that explains one decision. */
import { parentPort, workerData } from 'node:worker_threads';
import { FileLog } from '../log/file-log.ts';
import { logDirectory, openCheckpoints } from './data-directory.ts';
import { explainDecision } from './explain.ts';
import { answer } from './worker-answer.ts';

const { directory, decisionId } = workerData as { readonly directory: string; readonly decisionId: string };

await answer(parentPort!, async () => {
  const log = await FileLog.open(logDirectory(directory), { readOnly: true });
  return explainDecision({ log, checkpoints: openCheckpoints(directory) }, decisionId);
});
