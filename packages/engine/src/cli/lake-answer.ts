/** The answer of a query to the log as a file of exposures: what `--sql` analyses. The lake is brought up to the log's end first. */
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ExperimentFile } from '../intake/experiment-file.ts';
import type { LakeResult } from '../lake/open-lake.ts';
import { openFreshLake } from './fresh-lake.ts';
import { csvLines } from './result-text.ts';

/** `close` must be called in the end. */
export async function lakeAnswer(data: string, query: string): Promise<ExperimentFile> {
  const lake = await openFreshLake(data);
  try {
    return await answerFile(await lake.stream(query), 'the answer');
  } finally {
    lake.close();
  }
}

/** What a query answered, in a temporary file. `close` must be called in the end. */
export async function answerFile(answer: LakeResult, name: string): Promise<ExperimentFile> {
  const folder = await mkdtemp(join(tmpdir(), 'rialto-answer-'));
  const close = () => rm(folder, { recursive: true, force: true });
  const path = join(folder, 'answer.csv');
  try {
    await pipeline(csvLines(answer), createWriteStream(path));
    return { name, path, format: 'csv', delimiter: ',', gzipped: false, close };
  } catch (error) {
    await close();
    throw error;
  }
}
