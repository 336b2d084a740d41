/** The lake of a data directory, brought up to date with its log first; a server may be running beside it. */
import { join } from 'node:path';
import { logDirectory } from '../delivery/data-directory.ts';
import { type Lake, openLake } from '../lake/open-lake.ts';
import { refreshLake } from '../lake/refresh-lake.ts';
import { FileLog } from '../log/file-log.ts';
import { stepProgress } from './step-progress.ts';

/** To be closed by the caller. */
export async function openFreshLake(data: string): Promise<Lake> {
  const directory = join(data, 'lake');
  const log = await FileLog.open(logDirectory(data), { readOnly: true });
  const progress = stepProgress();
  try {
    await refreshLake(log, directory, {
      onProgress: (done, all) => progress.show(done, all, 'records into the lake'),
    });
  } finally {
    progress.end();
    await log.close();
  }
  return openLake(directory);
}
