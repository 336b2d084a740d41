/** Rows into one Parquet file: collected in DuckDB, which spills to disk where memory runs short, then written under its name as a whole. */
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type DuckDBAppender, type DuckDBConnection, DuckDBInstance, DuckDBTimestampValue } from '@duckdb/node-api';
import { usable } from '../log/usable-directory.ts';
import { quoted } from './sql-text.ts';

export type ParquetColumnType = 'VARCHAR' | 'INTEGER' | 'BIGINT' | 'TIMESTAMP' | 'BOOLEAN' | 'FLOAT';

export interface ParquetColumn {
  readonly name: string;
  readonly type: ParquetColumnType;
}

const MEMORY = '512MB';

const PUT: Record<ParquetColumnType, (appender: DuckDBAppender, cell: never) => void> = {
  VARCHAR: (appender, cell: string) => appender.appendVarchar(cell),
  INTEGER: (appender, cell: number) => appender.appendInteger(cell),
  BIGINT: (appender, cell: number) => appender.appendBigInt(BigInt(cell)),
  TIMESTAMP: (appender, cell: number) => appender.appendTimestamp(new DuckDBTimestampValue(BigInt(cell) * 1000n)),
  BOOLEAN: (appender, cell: boolean) => appender.appendBoolean(cell),
  FLOAT: (appender, cell: number) => appender.appendFloat(cell),
};

export class ParquetFile {
  readonly #path: string;
  readonly #columns: readonly ParquetColumn[];
  readonly #spill: string;
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  readonly #appender: DuckDBAppender;

  private constructor(
    path: string,
    columns: readonly ParquetColumn[],
    open: { spill: string; instance: DuckDBInstance; connection: DuckDBConnection; appender: DuckDBAppender },
  ) {
    this.#path = path;
    this.#columns = columns;
    this.#spill = open.spill;
    this.#instance = open.instance;
    this.#connection = open.connection;
    this.#appender = open.appender;
  }

  /** To be written or given up. Throws `data-unusable` where its folder cannot be written. */
  static async open(path: string, columns: readonly ParquetColumn[]): Promise<ParquetFile> {
    const spill = await usable(dirname(path), () => mkdtemp(join(dirname(path), '.parquet-')));
    const instance = await DuckDBInstance.create(':memory:', { memory_limit: MEMORY, temp_directory: spill });
    const connection = await instance.connect();
    const types = columns.map(({ name, type }) => `"${name}" ${type}`);
    await connection.run(`CREATE TABLE rows (${types.join(', ')})`);
    const appender = await connection.createAppender('rows');
    return new ParquetFile(path, columns, { spill, instance, connection, appender });
  }

  /** A cell for each column; undefined is null. */
  add(row: readonly (string | number | boolean | undefined)[]): void {
    for (let i = 0; i < this.#columns.length; i++) {
      const cell = row[i];
      if (cell === undefined) this.#appender.appendNull();
      else PUT[this.#columns[i]!.type](this.#appender, cell as never);
    }
    this.#appender.endRow();
  }

  /** Ends it: the file has its name when it is whole. */
  async write(): Promise<void> {
    this.#appender.flushSync();
    const unfinished = join(this.#spill, 'rows.parquet');
    await this.#connection.run(`COPY rows TO ${quoted(unfinished)} (FORMAT parquet, COMPRESSION zstd)`);
    await rename(unfinished, this.#path);
    await this.close();
  }

  /** Gives it up, or ends what `write` left. */
  async close(): Promise<void> {
    this.#appender.clear();
    this.#appender.closeSync();
    this.#connection.closeSync();
    this.#instance.closeSync();
    await rm(this.#spill, { recursive: true, force: true });
  }
}
