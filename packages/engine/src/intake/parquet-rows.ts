/**
 * Rows of Parquet, streamed through DuckDB chunk by chunk. Integers wider than 53 bits, decimals and times come as text, so
 * that nothing is lost before they are parsed. A gzipped Parquet file is unpacked into a temporary file first, for Parquet
 * is read from its end.
 */
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DuckDBInstance, type DuckDBResult, DuckDBTypeId, JsonDuckDBValueConverter } from '@duckdb/node-api';
import { RialtoError } from '../base/errors.ts';
import type { ByteSource } from './byte-source.ts';
import type { Row, RowBatches } from './row.ts';

/** `close` must be called, whether or not the rows were read. */
export async function parquetRows(source: ByteSource) {
  const unpacked = source.gzipped ? await unpackParquet(source) : undefined;
  const instance = await DuckDBInstance.create(':memory:', { threads: '1', memory_limit: '256MB' });
  let open = true;
  const close = async () => {
    if (open) instance.closeSync();
    open = false;
    await unpacked?.remove();
  };
  try {
    const connection = await instance.connect();
    const result = await connection.stream('SELECT * FROM read_parquet($1)', [unpacked?.file ?? source.path]);
    return { columns: result.deduplicatedColumnNames(), rows: rows(result, source.path), close };
  } catch (error) {
    await close();
    throw badFile(source.path, error);
  }
}

/** Into a temporary file; `remove` must be called in the end. */
export async function unpackParquet(source: ByteSource): Promise<{ file: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'rialto-parquet-'));
  const file = join(folder, 'unpacked.parquet');
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    await pipeline(Readable.from(source.bytes()), createWriteStream(file));
  } catch (error) {
    await remove();
    throw error;
  }
  return { file, remove };
}

async function* rows(result: DuckDBResult, path: string): RowBatches {
  const columns = result.deduplicatedColumnNames();
  const fractional = columns.map((_, index) => isFractional(result.columnTypeId(index)));
  let line = 0;
  try {
    for await (const chunk of result.yieldConvertedRows(JsonDuckDBValueConverter)) {
      const batch: Row[] = [];
      for (const values of chunk) {
        const cells: Record<string, unknown> = {};
        for (let i = 0; i < columns.length; i++) {
          const value = values[i];
          cells[columns[i]!] = fractional[i] === true && value === 'NaN' ? null : value;
        }
        batch.push({ line: ++line, cells });
      }
      yield batch;
    }
  } catch (error) {
    throw badFile(path, error);
  }
}

/** Data frames write the gaps of a numeric column as NaN. */
function isFractional(type: DuckDBTypeId): boolean {
  return type === DuckDBTypeId.DOUBLE || type === DuckDBTypeId.FLOAT;
}

function badFile(path: string, error: unknown): unknown {
  if (error instanceof RialtoError) return error;
  return new RialtoError('bad-file', `${path} cannot be read as Parquet: ${(error as Error).message}`, { path });
}
