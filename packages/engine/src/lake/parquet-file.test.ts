import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, expect, test } from 'vitest';
import { type ParquetColumn, ParquetFile } from './parquet-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'rialto-parquet-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const COLUMNS: readonly ParquetColumn[] = [
  { name: 'who', type: 'VARCHAR' },
  { name: 'happened_at', type: 'TIMESTAMP' },
  { name: 'n', type: 'INTEGER' },
  { name: 'x', type: 'FLOAT' },
  { name: 'yes', type: 'BOOLEAN' },
];

test('rows come back as they were, nulls too, and nothing else is left in the folder', async () => {
  const path = join(folder, "an 'odd' name.parquet");
  const file = await ParquetFile.open(path, COLUMNS);
  file.add(['ann', 1_750_000_000_123, 3, 0.5, true]);
  file.add([undefined, 0, undefined, -1.25, false]);
  expect(existsSync(path)).toBe(false);
  await file.write();
  expect(readdirSync(folder)).toEqual(["an 'odd' name.parquet"]);
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const result = await connection.runAndReadAll(
    `SELECT who, epoch_ms(happened_at) AS ms, n, x, yes FROM read_parquet('${path.replaceAll("'", "''")}')`,
  );
  expect(result.getRowsJson()).toEqual([
    ['ann', '1750000000123', 3, 0.5, true],
    [null, '0', null, -1.25, false],
  ]);
  connection.closeSync();
  instance.closeSync();
});

test('given up, it leaves nothing; a folder that is not there is said', async () => {
  const file = await ParquetFile.open(join(folder, 'gone.parquet'), COLUMNS);
  file.add(['ann', 1, 3, 0.5, true]);
  await file.close();
  expect(readdirSync(folder)).toEqual(["an 'odd' name.parquet"]);
  await expect(ParquetFile.open(join(folder, 'nowhere', 'f.parquet'), COLUMNS)).rejects.toMatchObject({
    code: 'data-unusable',
  });
});
