/**
 * A file of exposures and outcomes, made ready for SQL: which format it has, and a path that DuckDB can read. Gzipped Parquet is
 * unpacked into a temporary file, for Parquet is read from its end.
 */
import { RialtoError } from '../base/errors.ts';
import { openBytes } from './byte-source.ts';
import { guessFormat, isParquet } from './file-format.ts';
import { unpackParquet } from './parquet-rows.ts';
import { headText } from './text-encoding.ts';

export interface ExperimentFile {
  /** As the user named it. */
  readonly name: string;
  readonly path: string;
  readonly format: 'csv' | 'jsonl' | 'parquet';
  /** Of tables. */
  readonly delimiter: string;
  readonly gzipped: boolean;
  /** Must be called in the end. */
  close(): Promise<void>;
}

export async function openExperimentFile(name: string): Promise<ExperimentFile> {
  const bytes = await openBytes(name);
  if (isParquet(bytes.head)) {
    if (!bytes.gzipped) {
      bytes.close();
      return { name, path: name, format: 'parquet', delimiter: '', gzipped: false, close: async () => {} };
    }
    const { file, remove } = await unpackParquet(bytes);
    return { name, path: file, format: 'parquet', delimiter: '', gzipped: false, close: remove };
  }
  bytes.close();
  const start = headText(bytes.head).trimStart();
  const { format, delimiter } = guessFormat(start, { path: name, feeds: false });
  const lines = format === 'jsonl' && !start.startsWith('[');
  const plain = format === 'csv' || format === 'tsv' ? 'csv' : lines ? 'jsonl' : undefined;
  if (plain === undefined)
    throw new RialtoError(
      'bad-file',
      `${name} is ${format === 'jsonl' ? 'a JSON array' : format}: an experiment is read from CSV, TSV, JSON lines or Parquet`,
      {
        path: name,
      },
    );
  return { name, path: name, format: plain, delimiter, gzipped: bytes.gzipped, close: async () => {} };
}
