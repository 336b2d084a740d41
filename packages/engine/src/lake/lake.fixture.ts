/** For tests: logs in memory, lakes in temporary directories, and all that a lake says. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryLog } from '../log/memory-log.ts';
import type { LogRecord } from '../log/record.ts';
import { TABLE_NAMES } from './lake-tables.ts';
import { type LakeRow, openLake } from './open-lake.ts';

export interface Shore {
  readonly folder: string;
  /** A new directory for a lake. */
  lake(): string;
  remove(): void;
}

export function makeShore(): Shore {
  const folder = mkdtempSync(join(tmpdir(), 'rialto-lake-'));
  let made = 0;
  return {
    folder,
    lake: () => join(folder, `lake-${made++}`),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export async function logOf(records: readonly LogRecord[]): Promise<MemoryLog> {
  const log = new MemoryLog();
  await log.append(records);
  return log;
}

export async function ask(directory: string, sql: string): Promise<LakeRow[]> {
  const lake = await openLake(directory);
  try {
    return await lake.query(sql);
  } finally {
    lake.close();
  }
}

/** Every row of every table, in the order of the files. */
export async function everything(directory: string): Promise<Record<string, LakeRow[]>> {
  const lake = await openLake(directory);
  try {
    const tables: Record<string, LakeRow[]> = {};
    for (const table of TABLE_NAMES) tables[table] = await lake.query(`SELECT * FROM ${table}`);
    return tables;
  } finally {
    lake.close();
  }
}
