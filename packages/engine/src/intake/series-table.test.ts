import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { readSeriesTable, type SeriesTable } from './series-table.ts';

const directory = mkdtempSync(join(tmpdir(), 'series-'));
afterAll(() => rmSync(directory, { recursive: true }));

function read(content: string | Buffer): Promise<SeriesTable> {
  const path = join(directory, 'table.csv');
  writeFileSync(path, content);
  return readSeriesTable(path, () => {});
}

describe('a table of series', () => {
  test('keeps the order of cells, whatever the columns are called', async () => {
    const { ids, values } = await read('id,2,1,x\nH1,5,6,7.5\n"H2",-1,0,1e3\n');
    expect(ids).toEqual(['H1', 'H2']);
    expect(values.map((series) => [...series])).toEqual([
      [5, 6, 7.5],
      [-1, 0, 1000],
    ]);
  });

  test('may be gzipped, with rows of different lengths, and cells that are missing', async () => {
    const { values } = await read(gzipSync('"V1","V2","V3","V4"\na,1,2\nb,1,,3\nc,4,NA,""\nd,1,2,3,4,5\n'));
    expect(values.map((series) => [...series])).toEqual([[1, 2], [1, Number.NaN, 3], [4], [1, 2, 3, 4, 5]]);
  });

  test.each([
    ['id,a,b\nH1,1,2\nH2,3,oops\n', /line 3, series H2: value 2 is "oops", not a number/],
    ['id,a\nH1,1\nH1,2\n', /line 3: the series H1 is there twice/],
    ['id,a\n,1\n', /line 2: the series has no id/],
    ['id,a\n', /no series/],
    ['', /is empty/],
  ])('%j is refused, with the place', async (content, message) => {
    await expect(read(content)).rejects.toMatchObject({ code: 'bad-file', message: expect.stringMatching(message) });
  });
});
