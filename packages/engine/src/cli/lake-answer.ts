/** The answer of a query to the log as a file of exposures: what `--sql` analyses. The lake is brought up to the log's end first. */
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { logDirectory } from '../delivery/data-directory.ts';
import type { ExperimentFile } from '../intake/experiment-file.ts';
import { type LakeResult, openLake } from '../lake/open-lake.ts';
import { refreshLake } from '../lake/refresh-lake.ts';
import { FileLog } from '../log/file-log.ts';
import { csvLine } from './result-text.ts';

/** `close` must be called in the end. */
export async function lakeAnswer(data: string, query: string): Promise<ExperimentFile> {
  const log = await FileLog.open(logDirectory(data), { readOnly: true });
  try {
    await refreshLake(log, join(data, 'lake'));
  } finally {
    await log.close();
  }
  const lake = await openLake(join(data, 'lake'));
  const folder = await mkdtemp(join(tmpdir(), 'rialto-answer-'));
  const close = () => rm(folder, { recursive: true, force: true });
  const path = join(folder, 'answer.csv');
  try {
    await pipeline(lines(await lake.stream(query)), createWriteStream(path));
    return { name: 'the answer', path, format: 'csv', delimiter: ',', gzipped: false, close };
  } catch (error) {
    await close();
    throw error;
  } finally {
    lake.close();
  }
}

async function* lines({ columns, batches }: LakeResult): AsyncGenerator<string> {
  yield `${csvLine(columns.map(({ name }) => name))}\n`;
  for await (const batch of batches) yield batch.map((row) => `${csvLine(row)}\n`).join('');
}
