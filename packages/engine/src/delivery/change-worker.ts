/** A worker thread that answers one question about a change of rankers and placements. */
import { parentPort, workerData } from 'node:worker_threads';
import { FileLog } from '../log/file-log.ts';
import { answerChange, type ChangeQuestion } from './answer-change.ts';
import { logDirectory, openCheckpoints } from './data-directory.ts';
import { answer } from './worker-answer.ts';

const { directory, question } = workerData as { readonly directory: string; readonly question: ChangeQuestion };

await answer(parentPort!, async () => {
  const log = await FileLog.open(logDirectory(directory), { readOnly: true });
  return answerChange({ log, checkpoints: openCheckpoints(directory) }, question, () => performance.now());
});
