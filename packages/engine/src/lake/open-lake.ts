/**
 * SQL over the lake: a DuckDB in memory with a view a table, that can read the lake's files and nothing else, and write none.
 * Its settings are locked, so no query can open the door again. What is read is the lake as it was when opened.
 */
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  type DuckDBConnection,
  DuckDBInstance,
  type DuckDBPreparedStatement,
  type DuckDBResult,
  type DuckDBType,
  type DuckDBValue,
  StatementType,
} from '@duckdb/node-api';
import { RialtoError } from '../base/errors.ts';
import type { Offset } from '../log/log.ts';
import { LAKE_TABLES, TABLE_NAMES, type TableName } from './lake-tables.ts';
import { type LakeValue, lakeValue } from './lake-value.ts';
import { type Manifest, readManifest } from './manifest.ts';
import { quoted, rowsOf } from './sql-text.ts';

export type LakeRow = Readonly<Record<string, LakeValue>>;

export interface LakeColumnInfo {
  readonly name: string;
  readonly type: string;
}

export interface LakeResult {
  readonly columns: readonly LakeColumnInfo[];
  /** Rows as they come, each [columns]. To be read once, before the next query. */
  readonly batches: AsyncIterable<readonly (readonly LakeValue[])[]>;
}

export interface Lake {
  /** How many records of the log are in it. */
  readonly end: Offset;
  readonly rows: Readonly<Record<TableName, number>>;
  /** All rows at once. Throws `bad-sql`. `params` are the query's $1, $2, … */
  query(sql: string, params?: readonly DuckDBValue[]): Promise<LakeRow[]>;
  /** The same for results of any size. */
  stream(sql: string, params?: readonly DuckDBValue[]): Promise<LakeResult>;
  /** Ends the query that is running; it throws `bad-sql`, saying "Interrupted". */
  interrupt(): void;
  close(): void;
}

/** Throws `no-data` where the directory has no lake: `refreshLake` makes one. */
export async function openLake(directory: string): Promise<Lake> {
  const root = resolve(directory);
  const manifest = await readManifest(root);
  if (manifest === undefined)
    throw new RialtoError('no-data', `there is no lake in ${directory}: write it with \`rialto export --as parquet\``, {
      directory,
    });
  const instance = await DuckDBInstance.create(':memory:', {
    temp_directory: join(tmpdir(), `rialto-sql-${process.pid}`),
  });
  try {
    const connection = await instance.connect();
    await makeViews(connection, root, manifest);
    await lockDown(connection, root, manifest);
    return new OpenLake(instance, connection, manifest);
  } catch (error) {
    instance.closeSync();
    throw error;
  }
}

async function makeViews(connection: DuckDBConnection, root: string, manifest: Manifest): Promise<void> {
  for (const table of TABLE_NAMES) {
    const parts = manifest.tables[table];
    const nothing = LAKE_TABLES[table].columns.map(({ name, type }) => `NULL::${type} AS ${name}`);
    const select = parts.length > 0 ? rowsOf(root, parts) : `SELECT ${nothing.join(', ')} WHERE false`;
    await connection.run(`CREATE VIEW ${table} AS ${select}`);
  }
}

async function lockDown(connection: DuckDBConnection, root: string, { tables }: Manifest): Promise<void> {
  const files = Object.values(tables).flatMap((parts) => parts.map(({ file }) => quoted(join(root, file))));
  for (const setting of [
    "TimeZone = 'UTC'",
    `allowed_paths = [${files.join(', ')}]`,
    'enable_external_access = false',
    'lock_configuration = true',
  ])
    await connection.run(`SET ${setting}`);
}

/** What only reads; a CREATE stays in memory, and PIVOT is made with one. */
const READING: readonly StatementType[] = [StatementType.SELECT, StatementType.EXPLAIN, StatementType.CREATE];

class OpenLake implements Lake {
  readonly end: Offset;
  readonly rows: Lake['rows'];
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;

  constructor(instance: DuckDBInstance, connection: DuckDBConnection, { end, tables }: Manifest) {
    this.#instance = instance;
    this.#connection = connection;
    this.end = end;
    this.rows = Object.fromEntries(
      TABLE_NAMES.map((name) => [name, tables[name].reduce((sum, part) => sum + part.rows, 0)]),
    ) as Lake['rows'];
  }

  async query(sql: string, params: readonly DuckDBValue[] = []): Promise<LakeRow[]> {
    const { columns, batches } = await this.stream(sql, params);
    const rows: LakeRow[] = [];
    for await (const batch of batches) {
      for (const values of batch) rows.push(Object.fromEntries(columns.map(({ name }, i) => [name, values[i]!])));
    }
    return rows;
  }

  async stream(sql: string, params: readonly DuckDBValue[] = []): Promise<LakeResult> {
    try {
      const result = await this.#run(sql, params);
      const types = result.columnTypes();
      const columns = result.deduplicatedColumnNames().map((name, i) => ({ name, type: typeText(types[i]!) }));
      return { columns, batches: batchesOf(result, types) };
    } catch (error) {
      throw badSql(error);
    }
  }

  /** Runs all statements; gives the result of the last. */
  async #run(sql: string, params: readonly DuckDBValue[]): Promise<DuckDBResult> {
    const statements = isBlank(sql) ? undefined : await this.#connection.extractStatements(sql);
    if (statements === undefined || statements.count === 0)
      throw new RialtoError('bad-sql', 'there is no statement in the query');
    for (let i = 0; ; i++) {
      const statement = await statements.prepare(i);
      await this.#mustOnlyRead(statement, sql);
      if (i < statements.count - 1) {
        await statement.run();
        continue;
      }
      if (params.length > 0) statement.bind([...params]);
      return statement.stream();
    }
  }

  async #mustOnlyRead(statement: DuckDBPreparedStatement, sql: string): Promise<void> {
    const { statementType } = statement;
    if (!READING.includes(statementType)) throw notReading(statementType);
    if (statementType !== StatementType.EXPLAIN) return;
    // EXPLAIN ANALYZE runs what it explains, so that has to be reading too.
    const explained = await this.#connection.prepare(sql.replace(/^\s*explain(\s+analyze)?(\s*\([^)]*\))?/i, ''));
    if (explained.statementType !== StatementType.SELECT) throw notReading(explained.statementType);
  }

  interrupt(): void {
    this.#connection.interrupt();
  }

  close(): void {
    this.#connection.closeSync();
    this.#instance.closeSync();
  }
}

const isBlank = (sql: string): boolean => sql.replace(/--.*|\/\*[\s\S]*?\*\/|[\s;]/g, '') === '';

const typeText = (type: DuckDBType): string => type.alias ?? type.toString();

async function* batchesOf(result: DuckDBResult, types: readonly DuckDBType[]): AsyncGenerator<LakeValue[][]> {
  try {
    for await (const rows of result.yieldRows()) {
      yield rows.map((row) => row.map((value, i) => lakeValue(value, types[i]!)));
    }
  } catch (error) {
    throw badSql(error);
  }
}

function notReading(type: StatementType): RialtoError {
  return new RialtoError('bad-sql', `the lake is only read: a statement of type ${StatementType[type]} is not run`);
}

/** DuckDB's message, without what its client puts before it; it proposes tables with like names, and all of ours are listed. */
function badSql(error: unknown): unknown {
  if (error instanceof RialtoError || !(error instanceof Error)) return error;
  const message = error.message.replace(/^Failed to (extract|prepare) statements?: /, '').trim();
  const tables = /Table with name .* does not exist/.test(message) ? `\nThe tables are ${TABLE_NAMES.join(', ')}.` : '';
  return new RialtoError('bad-sql', `${message}${tables}`);
}
