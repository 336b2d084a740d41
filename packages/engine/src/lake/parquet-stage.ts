/**
 * Rows on their way into Parquet: collected in DuckDB's memory table by table, then written as one file a table. DuckDB
 * spills to the lake's own temporary directory where memory runs short.
 */
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  type DuckDBAppender,
  type DuckDBConnection,
  DuckDBDateValue,
  DuckDBInstance,
  DuckDBTimestampValue,
  LIST,
  VARCHAR,
} from '@duckdb/node-api';
import { assert } from '../base/assert.ts';
import type { Offset } from '../log/log.ts';
import { syncDirectory } from '../log/segment-file.ts';
import type { Cell } from './history-rows.ts';
import type { ColumnType } from './lake-column.ts';
import { HISTORY_NAMES, HISTORY_TABLES, type HistoryTable, type TableName } from './lake-tables.ts';
import type { Part } from './manifest.ts';
import { quoted } from './sql-text.ts';

const MEMORY = '512MB';
const TEXTS = LIST(VARCHAR);

type Put = (appender: DuckDBAppender, cell: never) => void;

const PUT: Partial<Record<ColumnType, Put>> = {
  BIGINT: (appender, cell: number) => appender.appendBigInt(BigInt(cell)),
  INTEGER: (appender, cell: number) => appender.appendInteger(cell),
  DOUBLE: (appender, cell: number) => appender.appendDouble(cell),
  BOOLEAN: (appender, cell: boolean) => appender.appendBoolean(cell),
  VARCHAR: (appender, cell: string) => appender.appendVarchar(cell),
  JSON: (appender, cell: string) => appender.appendVarchar(cell),
  TIMESTAMP: (appender, cell: number) => appender.appendTimestamp(new DuckDBTimestampValue(BigInt(cell) * 1000n)),
  DATE: (appender, cell: number) => appender.appendDate(new DuckDBDateValue(cell)),
  'VARCHAR[]': (appender, cell: readonly string[]) => appender.appendList(cell, TEXTS),
};

interface Staged {
  readonly puts: readonly Put[];
  appender: DuckDBAppender;
  rows: number;
}

export class ParquetStage {
  readonly connection: DuckDBConnection;
  readonly #instance: DuckDBInstance;
  readonly #directory: string;
  readonly #tables = new Map<HistoryTable, Staged>();

  private constructor(directory: string, instance: DuckDBInstance, connection: DuckDBConnection) {
    this.#directory = directory;
    this.#instance = instance;
    this.connection = connection;
  }

  /** A stage for the lake in `directory`. To be closed. */
  static async open(directory: string): Promise<ParquetStage> {
    const spill = join(directory, 'spill');
    await rm(spill, { recursive: true, force: true });
    const instance = await DuckDBInstance.create(':memory:', { memory_limit: MEMORY, temp_directory: spill });
    const connection = await instance.connect();
    await connection.run("SET TimeZone = 'UTC'");
    return new ParquetStage(directory, instance, connection);
  }

  /** Empties the stage. */
  async begin(): Promise<void> {
    for (const name of HISTORY_NAMES) {
      const { columns } = HISTORY_TABLES[name];
      this.#tables.get(name)?.appender.closeSync();
      const types = columns.map((column) => `${column.name} ${column.type}`);
      await this.connection.run(`CREATE OR REPLACE TABLE ${name} (${types.join(', ')})`);
      this.#tables.set(name, {
        puts: columns.map(({ type }) => {
          const put = PUT[type];
          assert(put !== undefined, 'no history table has columns of this type', type);
          return put;
        }),
        appender: await this.connection.createAppender(name),
        rows: 0,
      });
    }
  }

  add(table: HistoryTable, row: readonly Cell[]): void {
    const staged = this.#tables.get(table)!;
    const { appender, puts } = staged;
    assert(row.length === puts.length, 'a row must have a cell for every column of its table', table);
    for (let i = 0; i < puts.length; i++) {
      const cell = row[i];
      if (cell === undefined) appender.appendNull();
      else puts[i]!(appender, cell as never);
    }
    appender.endRow();
    staged.rows++;
  }

  rows(table: HistoryTable): number {
    return this.#tables.get(table)!.rows;
  }

  /** Makes the rows visible to SQL. */
  flush(): void {
    for (const { appender } of this.#tables.values()) appender.flushSync();
  }

  /** Writes what `select` gives as a file of the table, durable under its name when this resolves. */
  async write(select: string, part: { table: TableName; name: string; first: Offset; end: Offset }): Promise<Part> {
    const { table, name, first, end } = part;
    const file = `${table}/${name}.parquet`;
    const path = join(this.#directory, file);
    const unfinished = `${path}.unfinished`;
    await mkdir(dirname(path), { recursive: true });
    const result = await this.connection.run(
      `COPY (${select}) TO ${quoted(unfinished)} (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)`,
    );
    const handle = await open(unfinished, 'r+');
    await handle.sync();
    await handle.close();
    await rename(unfinished, path);
    await syncDirectory(dirname(path));
    return { first, end, rows: result.rowsChanged, bytes: (await stat(path)).size, file };
  }

  async close(): Promise<void> {
    for (const { appender } of this.#tables.values()) {
      appender.clear(); // a row that was cut short by an error would make closing it another one
      appender.closeSync();
    }
    this.connection.closeSync();
    this.#instance.closeSync();
    await rm(join(this.#directory, 'spill'), { recursive: true, force: true });
  }
}
