import { readFileSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, describe, expect, test } from 'vitest';
import { RialtoError } from '../base/errors.ts';
import { makeShelf, readAll } from './intake.fixture.ts';

const shelf = makeShelf();
afterAll(() => shelf.remove());

const bytes = (...values: number[]) => Buffer.from(values);
const cellsOf = (rows: readonly { cells: unknown }[]) => rows.map((row) => row.cells);

async function failure(promise: Promise<unknown>): Promise<RialtoError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(RialtoError);
  return error as RialtoError;
}

describe('tables', () => {
  test('quotes, line breaks in cells, blank lines and ragged rows, with their line numbers', async () => {
    const path = shelf.file('a.csv', 'a,b\r\n1,"x\ny ""z"""\r\n\r\n2,12" ruler\r\n3\r\n4,5,6\r\n7,8');
    const { rows, format } = await readAll(path);
    expect(format).toBe('csv');
    expect(rows.map(({ line, cells, refusal }) => [line, refusal?.reason ?? cells])).toEqual([
      [2, { a: '1', b: 'x\ny "z"' }],
      [5, { a: '2', b: '12" ruler' }],
      [6, 'ragged-row'],
      [7, 'ragged-row'],
      [8, { a: '7', b: '8' }],
    ]);
  });

  test.each([
    ['b.csv', 'a;b\n1;2,5\n', { a: '1', b: '2,5' }],
    ['c.tsv', 'a\tb\n1\tx,y\n', { a: '1', b: 'x,y' }],
    ['d.csv.gz', 'a\tb\n1\t2\n', { a: '1', b: '2' }],
    ['e.txt', 'a|b\n1|2\n', { a: '1', b: '2' }],
    ['f.csv', 'a\n1\n', { a: '1' }],
    ['g.csv', 'a,,a\n1,2,3\n', { a: '1', 'column 2': '2', 'a (2)': '3' }],
  ])('finds the delimiter of %s', async (name, content, expected) => {
    expect(cellsOf((await readAll(shelf.file(name, content))).rows)).toEqual([expected]);
  });

  test('a stated delimiter and quotes as text', async () => {
    const path = shelf.file('h.csv', 'a:b\n"1:2\n');
    expect(cellsOf((await readAll(path, { delimiter: ':', quotes: false })).rows)).toEqual([{ a: '"1', b: '2' }]);
  });

  test('a quote that is never closed is a bad file, and the line is named', async () => {
    const error = await failure(readAll(shelf.file('i.csv', 'a,b\n1,2\n3,"4\n5,6\n')));
    expect(error.code).toBe('bad-file');
    expect(error.message).toMatch(/never closed.*--no-quotes/);
    const long = await failure(readAll(shelf.file('j.csv', `a,b\n1,"${'x\n'.repeat(600_000)}`)));
    expect(long.message).toMatch(/longer than 1 MiB/);
  });

  test('a table larger than a chunk keeps every row and its line', async () => {
    const lines = Array.from({ length: 60_000 }, (_, i) => `${i},"name of\n${i}"`);
    const { rows } = await readAll(shelf.file('k.csv.gz', `id,name\n${lines.join('\n')}\n`));
    expect(rows.length).toBe(60_000);
    expect(rows.every((row, i) => row.cells['id'] === String(i) && row.line === 2 + 2 * i)).toBe(true);
  });
});

describe('encodings', () => {
  const expected = [{ a: 'é€', b: '1' }];

  test.each([
    ['UTF-8', Buffer.from('a,b\né€,1\n')],
    ['UTF-8 with a byte order mark', Buffer.concat([bytes(0xef, 0xbb, 0xbf), Buffer.from('a,b\né€,1\n')])],
    ['UTF-16 LE', Buffer.concat([bytes(0xff, 0xfe), Buffer.from('a,b\né€,1\n', 'utf16le')])],
    ['UTF-16 BE', Buffer.concat([bytes(0xfe, 0xff), Buffer.from('a,b\né€,1\n', 'utf16le').swap16()])],
  ])('%s', async (name, content) => {
    const { rows, warnings } = await readAll(shelf.file(`${name}.csv`, content));
    expect(cellsOf(rows)).toEqual(expected);
    expect(warnings).toEqual([]);
  });

  test('Latin-1, with a warning, wherever in the file it shows', async () => {
    const ascii = 'plain,1\n'.repeat(50_000);
    const content = Buffer.concat([Buffer.from(`a,b\n${ascii}`), bytes(0xe9, 0x80), Buffer.from(',1\n')]);
    const { rows, warnings } = await readAll(shelf.file('latin.csv', content));
    expect(rows.at(-1)!.cells).toEqual(expected[0]);
    expect(rows.length).toBe(50_001);
    expect(warnings).toEqual([expect.stringContaining('Windows-1252')]);
  });

  test('UTF-8 with damaged bytes stays UTF-8, with a warning', async () => {
    const content = Buffer.concat([Buffer.from('a,b\né€é€,1\n'), bytes(0xff), Buffer.from(',é\n')]);
    const { rows, warnings } = await readAll(shelf.file('damaged.csv', content));
    expect(rows[1]!.cells).toEqual({ a: '\ufffd', b: 'é' });
    expect(warnings).toEqual([expect.stringContaining('damaged')]);
  });

  test('a character cut by the edge of a chunk is whole', async () => {
    const text = `a,b\n${'€'.repeat(300_000)},1\n`;
    const { rows, warnings } = await readAll(shelf.file('edge.csv', text));
    expect(rows[0]!.cells).toEqual({ a: '€'.repeat(300_000), b: '1' });
    expect(warnings).toEqual([]);
  });
});

describe('JSON lines', () => {
  test('objects, and what is none', async () => {
    const { rows, columns, format } = await readAll(shelf.file('a.jsonl', '{"a":1}\n\nnope\n[1]\n{"b":["x"]}'));
    expect(format).toBe('jsonl');
    expect(columns).toEqual(['a', 'b']);
    expect(rows.map(({ line, cells, refusal }) => [line, refusal?.reason ?? cells])).toEqual([
      [1, { a: 1 }],
      [3, 'bad-json'],
      [4, 'bad-json'],
      [5, { b: ['x'] }],
    ]);
  });
});

describe('Parquet', () => {
  test('plain and gzipped, with wide integers, decimals, times, lists and gaps', async () => {
    const path = `${shelf.folder}/a.parquet`;
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    await connection.run(`COPY (
      SELECT * FROM (VALUES
        (9007199254740993::BIGINT, 12.30::DECIMAL(10, 2), 2.55::DOUBLE, TIMESTAMP '2011-12-09 12:50:00', ['x', 'y'], 'a'),
        (NULL, NULL, 'NaN'::DOUBLE, NULL, NULL, NULL)
      ) t(wide, exact, frac, moment, tags, words)) TO '${path}' (FORMAT parquet)`);
    instance.closeSync();
    const expected = [
      {
        wide: '9007199254740993',
        exact: '12.30',
        frac: 2.55,
        moment: '2011-12-09 12:50:00',
        tags: ['x', 'y'],
        words: 'a',
      },
      { wide: null, exact: null, frac: null, moment: null, tags: null, words: null },
    ];
    const zipped = shelf.file('b.parquet.gz', readFileSync(path));
    for (const file of [path, zipped]) {
      const { rows, format, columns } = await readAll(file);
      expect(format).toBe('parquet');
      expect(columns).toEqual(['wide', 'exact', 'frac', 'moment', 'tags', 'words']);
      expect(cellsOf(rows)).toEqual(expected);
    }
  });
});

describe('JSON', () => {
  const objects = [{ a: 'x } " ] \\ \u{1f600}', b: [1, { c: 2 }] }, { a: '{', d: null }, {}];

  test.each([
    ['array.json', JSON.stringify(objects), [1, 1, 1]],
    ['pretty.json.gz', JSON.stringify(objects, null, 2), [2, 11, 15]],
    ['one-after-the-other.txt', objects.map((object) => JSON.stringify(object, null, 1)).join('\r\n'), [1, 10, 14]],
    ['lines.jsonl', objects.map((object) => JSON.stringify(object)).join('\n'), [1, 2, 3]],
  ])('%s: objects, in an array or one after the other', async (name, content, lines) => {
    const { rows, format, columns } = await readAll(shelf.file(name, content));
    expect([format, columns]).toEqual(['jsonl', ['a', 'b', 'd']]);
    expect(cellsOf(rows)).toEqual(objects);
    expect(rows.map(({ line }) => line)).toEqual(lines);
  });

  test('objects that are parted between pieces of the file are whole', async () => {
    const many = Array.from({ length: 20_000 }, (_, i) => ({ id: i, text: `"${'é}'.repeat(i % 40)}\\` }));
    const { rows } = await readAll(shelf.file('many.json', JSON.stringify(many)));
    expect(cellsOf(rows)).toEqual(many);
  });
});

describe('a file that is not what it says', () => {
  test.each([
    ['not-xml.csv', '{"a":1}\n', { format: 'csv' }, /read as csv.*JSON/],
    ['array.json', '[[1,2]]', {}, /JSON array.*write objects, in an array or one a line/],
    ['mixed.json', '[{"a":1},\n2]', {}, /mixed.json, line 2: "2\]" is no object/],
    ['cut.json', '[{"a":1},\n{"b":', {}, /cut.json, line 2: the file ends within the object of line 2/],
    ['cut-between.json', '[{"a":1},\n{"a":2}\n', {}, /cut-between.json, line 3: the file ends before its array does/],
    ['closed-twice.json', '[{"a":1}]]', {}, /closed-twice.json, line 1: "\]" is no object/],
    ['table.jsonl.gz', 'a,b\n1,2\n', {}, /read as jsonl.*plain text/],
    ['table.xml', 'a,b\n1,2\n', {}, /read as merchant-xml.*plain text/],
    ['text.jsonl', 'a,b\n1,2\n', { format: 'jsonl' }, /read as jsonl.*plain text/],
    ['table.parquet', 'a,b\n1,2\n', {}, /not Parquet: it begins with "a,b/],
    ['short.parquet', 'PAR1 and nothing more', {}, /cannot be read as Parquet/],
    ['zeroes.csv', 'a,b\n1,\0\n', {}, /zero bytes/],
    ['empty.csv', '', {}, /is empty/],
    ['blank.csv', '\n \n', {}, /white space/],
    ['page.xml', '<html><body>Hello</body></html>', {}, /not a product feed.*<html>/],
    ['cut.xml', '<rss><channel><item><id>1</id></item>', {}, /not well-formed/],
  ] as const)('%s', async (name, content, hints, message) => {
    const error = await failure(readAll(shelf.file(name, content), hints));
    expect(error.code).toBe('bad-file');
    expect(error.message).toMatch(message);
  });

  test('damaged gzip, a missing file, a folder', async () => {
    const zipped = readFileSync(shelf.file('whole.csv.gz', `a,b\n${'1,2\n'.repeat(100_000)}`));
    const cut = shelf.file('cut.csv', zipped.subarray(0, zipped.length - 20));
    expect((await failure(readAll(cut))).message).toMatch(/cannot be read/);
    expect((await failure(readAll(`${shelf.folder}/none.csv`))).message).toMatch(/does not exist/);
    expect((await failure(readAll(shelf.folder))).message).toMatch(/not a file/);
  });
});
