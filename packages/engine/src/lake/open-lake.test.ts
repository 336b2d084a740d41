import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { numberedEvents } from '../log/record.fixture.ts';
import { logOf, makeShore } from './lake.fixture.ts';
import { type Lake, openLake } from './open-lake.ts';
import { refreshLake } from './refresh-lake.ts';

const shore = makeShore();
const directory = shore.lake();
const secret = join(shore.folder, "it's secret.csv");
let lake: Lake;
beforeAll(async () => {
  writeFileSync(secret, 'a\n1\n');
  await refreshLake(await logOf(numberedEvents(0, 3)), directory);
  lake = await openLake(directory);
});
afterAll(() => {
  lake.close();
  shore.remove();
});

const refused = (sql: string) =>
  lake.query(sql).then(
    () => 'it ran',
    (error: { code: string; message: string }) => `${error.code}: ${error.message}`,
  );

describe('the lake can be asked', () => {
  test('with parameters, and several statements of which the last answers', async () => {
    expect(await lake.query('SELECT event_id FROM events WHERE log_offset = $1', [1n])).toEqual([
      { event_id: 'e000001' },
    ]);
    expect(await lake.query('CREATE TABLE t AS SELECT 2 AS two; SELECT two FROM t')).toEqual([{ two: 2 }]);
    expect(await lake.query('PIVOT (SELECT type FROM events) ON type USING count(*)')).toEqual([{ view: 3 }]);
    expect(lake).toMatchObject({ end: 3, rows: { events: 3, listings: 0 } });
  });

  test('in values that lose nothing', async () => {
    const [row] =
      await lake.query(`SELECT 9007199254740991::BIGINT AS safe, 9007199254740993::BIGINT AS big, sum(1::BIGINT) AS total,
      TIMESTAMP '2026-01-05 01:02:03.004005' AS t, TIMESTAMPTZ '2026-01-05 01:00:00+02' AS z, TIMESTAMP '1969-12-31 23:59:59.5' AS old,
      TIMESTAMP 'infinity' AS never, DATE '2026-01-05' AS d, 1.25::DECIMAL(9,2) AS small, 12345678901234567.25::DECIMAL(20,2) AS long,
      [1, NULL] AS list, MAP {'k': [2::BIGINT]} AS map, {'a': DATE '2026-01-05'} AS struct, '{"x": [1]}'::JSON AS json, NULL AS nothing`);
    expect(row).toEqual({
      safe: 9_007_199_254_740_991,
      big: 9_007_199_254_740_993n,
      total: 1,
      t: '2026-01-05T01:02:03.004005Z',
      z: '2026-01-04T23:00:00.000Z',
      old: '1969-12-31T23:59:59.500Z',
      never: 'infinity',
      d: '2026-01-05',
      small: 1.25,
      long: '12345678901234567.25',
      list: [1, null],
      map: { k: [2] },
      struct: { a: '2026-01-05' },
      json: { x: [1] },
      nothing: null,
    });
  });

  test('a long question can be stopped, and the next one asked', async () => {
    const asked = refused('SELECT count(*) FROM range(100000000) a, range(100000) b');
    // Again and again: what has not begun yet is not stopped.
    const stopping = setInterval(() => lake.interrupt(), 100);
    expect(await asked).toContain('Interrupted');
    clearInterval(stopping);
    expect(await lake.query('SELECT count(*) AS n FROM events')).toEqual([{ n: 3 }]);
  });
});

describe('the lake cannot be changed, nor be a way to other files', () => {
  test.each([
    'COPY events TO $PART',
    'COPY events TO $PART (FORMAT parquet, USE_TMP_FILE false)',
    'EXPLAIN ANALYZE COPY events TO $PART (USE_TMP_FILE false)',
    'EXPLAIN /* c */ ANALYZE COPY events TO $PART (USE_TMP_FILE false)',
    'EXPLAIN (FORMAT json) ANALYZE COPY events TO $PART (USE_TMP_FILE false)',
    'SELECT 1; EXPLAIN ANALYZE COPY events TO $PART (USE_TMP_FILE false); SELECT 2',
    'SELECT 1; COPY events TO $PART (USE_TMP_FILE false)',
    "COPY events TO '$DIR/new.csv'",
    "EXPORT DATABASE '$DIR/export'",
    "ATTACH '$DIR/other.db'",
    'SELECT * FROM read_csv($SECRET)',
    'SELECT * FROM read_text($SECRET)',
    'SELECT * FROM $SECRET',
    "SELECT * FROM glob('/etc/*')",
    'CREATE TABLE stolen AS SELECT * FROM read_csv($SECRET)',
    'SET enable_external_access = true',
    'RESET allowed_paths',
    "SET allowed_directories = ['/']",
    'INSTALL httpfs',
    "LOAD '/tmp/x.duckdb_extension'",
    'CREATE PERSISTENT SECRET s (TYPE http)',
    "PREPARE p AS COPY events TO '$DIR/new.csv'",
    'DROP VIEW events',
    'INSERT INTO events VALUES (1)',
  ])('%s', async (sql) => {
    const part = join(directory, 'events', readdirSync(join(directory, 'events'))[0]!);
    const before = readFileSync(part);
    const filled = sql
      .replace('$PART', `'${part}'`)
      .replace('$SECRET', `'${secret.replaceAll("'", "''")}'`)
      .replace('$DIR', directory);
    expect(await refused(filled)).toMatch(/^bad-sql: /);
    expect(readFileSync(part).equals(before)).toBe(true);
    expect(readdirSync(directory).sort()).toEqual(['events', 'manifest.json']);
  });
});

describe('what is wrong with a question is said', () => {
  test.each([
    ['SELECT * FROM evnets', /Did you mean "events"\?[\s\S]*The tables are events, decisions,/],
    ['SELECT nope FROM events', /"nope" not found/],
    ['SELEC 1', /syntax error at or near "SELEC"/],
    ['', /no statement/],
    [' -- only a remark\n;', /no statement/],
    ['SELECT $1', /./],
    ["SELECT 'x'::INTEGER", /Could not convert/],
  ])('%s', async (sql, message) => {
    expect(await refused(sql)).toMatch(/^bad-sql: /);
    expect(await refused(sql)).toMatch(message);
  });

  test('no lake', async () => {
    await expect(openLake(join(shore.folder, 'nowhere'))).rejects.toMatchObject({ code: 'no-data' });
    expect(existsSync(join(shore.folder, 'nowhere'))).toBe(false);
  });
});
