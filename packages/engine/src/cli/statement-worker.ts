/** A worker thread that brings the lake up to date and reads a shop's statement from it. */
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { RialtoError } from '../base/errors.ts';
import { logDirectory } from '../delivery/data-directory.ts';
import { answer } from '../delivery/worker-answer.ts';
import { openLake } from '../lake/open-lake.ts';
import { refreshLake } from '../lake/refresh-lake.ts';
import { readStatement, type StatementOptions } from '../lake/statement.ts';
import { FileLog } from '../log/file-log.ts';

const { directory, query } = workerData as { readonly directory: string; readonly query: StatementOptions };

await answer(parentPort!, async () => {
  const folder = join(directory, 'lake');
  const log = await FileLog.open(logDirectory(directory), { readOnly: true });
  try {
    await refreshLake(log, folder).catch((error) => {
      // Another process is writing the lake: the statement is from what it held before.
      if (!(error instanceof RialtoError) || error.code !== 'data-locked') throw error;
    });
  } finally {
    await log.close();
  }
  const lake = await openLake(folder);
  try {
    return await readStatement(lake, query);
  } finally {
    lake.close();
  }
});
