/** A worker thread that brings the lake up to date and reads a shop's statement from it. */
import { parentPort, workerData } from 'node:worker_threads';
import { answer } from '../delivery/worker-answer.ts';
import { readStatement, type StatementOptions } from '../lake/statement.ts';
import { openLakeQuietly } from './fresh-lake.ts';

const { directory, query } = workerData as { readonly directory: string; readonly query: StatementOptions };

await answer(parentPort!, async () => {
  const lake = await openLakeQuietly(directory);
  try {
    return await readStatement(lake, query);
  } finally {
    lake.close();
  }
});
