/** A directory for one run, and a data directory in it made from records. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { logDirectory } from '../src/delivery/data-directory.ts';
import { FileLog } from '../src/log/file-log.ts';
import type { LogRecord } from '../src/log/record.ts';

const BATCH = 4_000;

/** Removes the directory whatever happens. */
export async function withTemporaryDirectory<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'rialto-bench-'));
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Writes the log of a data directory, and returns how many records there are. */
export async function writeLog(
  directory: string,
  records: Iterable<LogRecord>,
  onWritten?: (record: LogRecord) => void,
): Promise<number> {
  const log = await FileLog.open(logDirectory(directory), { gatherMs: 0 });
  let written = 0;
  let batch: LogRecord[] = [];
  const flush = async (): Promise<void> => {
    await log.append(batch);
    if (onWritten) for (const record of batch) onWritten(record);
    written += batch.length;
    batch = [];
  };
  try {
    for (const record of records) if (batch.push(record) === BATCH) await flush();
    if (batch.length > 0) await flush();
  } finally {
    await log.close();
  }
  return written;
}
