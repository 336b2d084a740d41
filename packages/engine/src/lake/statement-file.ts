/** A statement as a CSV or Parquet file: money as BIGINT, days as DATE. */
import { DuckDBInstance } from '@duckdb/node-api';
import type { StatementRow } from '@rialto/sdk';
import { quoted } from './sql-text.ts';

const COLUMNS: readonly (readonly [name: keyof StatementRow, type: 'DATE' | 'VARCHAR' | 'BIGINT'])[] = [
  ['day', 'DATE'],
  ['shop', 'VARCHAR'],
  ['campaign', 'VARCHAR'],
  ['entry', 'VARCHAR'],
  ['reason', 'VARCHAR'],
  ['gross_events', 'BIGINT'],
  ['invalid_events', 'BIGINT'],
  ['net_events', 'BIGINT'],
  ['free_events', 'BIGINT'],
  ['charged_micros', 'BIGINT'],
  ['refunded_micros', 'BIGINT'],
  ['over_delivered_micros', 'BIGINT'],
  ['paid_micros', 'BIGINT'],
  ['opening_micros', 'BIGINT'],
  ['closing_micros', 'BIGINT'],
];

const STATEMENT_COLUMNS = COLUMNS.map(([name]) => name);

/** Replaces what is there. */
export async function writeStatement(
  rows: readonly StatementRow[],
  file: string,
  format: 'csv' | 'parquet',
): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    // All as text at first: digits of any number, and days, keep what they say.
    await connection.run(`CREATE TABLE statement (${STATEMENT_COLUMNS.map((name) => `${name} VARCHAR`).join(', ')})`);
    const appender = await connection.createAppender('statement');
    for (const row of rows) {
      for (const name of STATEMENT_COLUMNS) {
        const cell = row[name];
        if (cell === null) appender.appendNull();
        else appender.appendVarchar(String(cell));
      }
      appender.endRow();
    }
    appender.closeSync();
    const cells = COLUMNS.map(([name, type]) => `CAST(${name} AS ${type}) AS ${name}`).join(', ');
    const how = format === 'parquet' ? 'FORMAT parquet, COMPRESSION zstd' : 'FORMAT csv, HEADER';
    await connection.run(`COPY (SELECT ${cells} FROM statement) TO ${quoted(file)} (${how})`);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
