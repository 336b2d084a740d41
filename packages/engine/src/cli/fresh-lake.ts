/** The lake of a data directory, brought up to date with its log first; a server may be running beside it. */
import { join } from 'node:path';
import { RialtoError } from '../base/errors.ts';
import { logDirectory } from '../delivery/data-directory.ts';
import { type Lake, openLake } from '../lake/open-lake.ts';
import { type RefreshOptions, refreshLake } from '../lake/refresh-lake.ts';
import { FileLog } from '../log/file-log.ts';
import { stepProgress } from './step-progress.ts';

/** To be closed by the caller. Throws `data-locked` where another process is writing the lake. */
export async function openFreshLake(data: string): Promise<Lake> {
  const progress = stepProgress();
  try {
    await refresh(data, { onProgress: (done, all) => progress.show(done, all, 'records into the lake') });
  } finally {
    progress.end();
  }
  return openLake(lakeOf(data));
}

/** Nobody watches: no progress is shown, and a lake that another process is writing is read as it was before. To be closed by the caller. */
export async function openLakeQuietly(data: string): Promise<Lake> {
  await refresh(data).catch((error) => {
    if (!(error instanceof RialtoError) || error.code !== 'data-locked') throw error;
  });
  return openLake(lakeOf(data));
}

const lakeOf = (data: string): string => join(data, 'lake');

async function refresh(data: string, options?: RefreshOptions): Promise<void> {
  const log = await FileLog.open(logDirectory(data), { readOnly: true });
  try {
    await refreshLake(log, lakeOf(data), options);
  } finally {
    await log.close();
  }
}
