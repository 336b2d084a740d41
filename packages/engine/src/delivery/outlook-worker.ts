/** A worker thread that answers one question about a campaign's future. */
import { parentPort, workerData } from 'node:worker_threads';
import { FileLog } from '../log/file-log.ts';
import { answerOutlook, type OutlookQuestion } from './answer-outlook.ts';
import { logDirectory, openCheckpoints } from './data-directory.ts';
import { answer } from './worker-answer.ts';

const { directory, question } = workerData as { readonly directory: string; readonly question: OutlookQuestion };

await answer(parentPort!, async () => {
  const log = await FileLog.open(logDirectory(directory), { readOnly: true });
  return answerOutlook({ log, checkpoints: openCheckpoints(directory) }, question);
});
