/** Click logs of each format: what becomes a number and what a category, and what is refused, with its line. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, describe, expect, test } from 'vitest';
import { categoryOf, type LabelledExamples } from '../learning/examples.ts';
import { type ExampleFormat, readExamples } from './click-examples.ts';
import { makeShelf } from './intake.fixture.ts';

const shelf = makeShelf();
afterAll(() => shelf.remove());

const read = (format: ExampleFormat, text: string, name = 'a.txt', label?: string): Promise<LabelledExamples> =>
  readExamples({ paths: [shelf.file(name, text)], format, label });
const names = (columns: readonly { name: string }[]): string[] => columns.map(({ name }) => name);

/** A line of Criteo's form: I1, I2 and C1 as given, the other cells empty. */
const criteo = (label: string, one: string, two: string, category: string): string =>
  [label, one, two, ...Array(11).fill(''), category, ...Array(25).fill('')].join('\t');

describe('criteo', () => {
  test('counts are numbers and categories, hashes categories; columns of one value are left out', async () => {
    const lines = [criteo('0', '1', '-2', '68fd'), criteo('1', '', '7', '05db'), criteo('1', '1', '7', '')];
    const examples = await read('criteo', `${lines.join('\n')}\n`);
    expect(examples.labels).toEqual(Uint8Array.of(0, 1, 1));
    expect(names(examples.numbers)).toEqual(['I1', 'I2']);
    expect(names(examples.categories)).toEqual(['I1', 'I2']); // C1 is never repeated
    expect(examples.numbers[0]!.values).toEqual(Float32Array.of(1, Number.NaN, 1));
    expect(examples.categories[1]!.values).toEqual(Int32Array.from(['-2', '7', '7'], categoryOf));
    expect(examples.categories[0]!.values[1]).toBe(0);
  });

  test('a cut line is refused with its number', async () => {
    await expect(read('criteo', `${criteo('0', '1', '2', 'x')}\n1\t2\n`)).rejects.toThrow(
      /line 2: the row has 2 cells/,
    );
  });

  test.each(['', 'nan', '2', '0.5'])('the label "%s" is refused with its line', async (label) => {
    await expect(read('criteo', `${criteo(label, '1', '2', 'x')}\n`)).rejects.toThrow(/line 1: the label/);
  });

  const lines = [criteo('0', '1', '-2', '68fd'), criteo('1', '', '7', '68fd'), criteo('1', '1', '7', '')];
  const header = ['label', ...Array.from({ length: 39 }, (_, i) => `x${i}`)].join('\t');
  test.each([
    ['line feeds after carriage returns', `${lines.join('\r\n')}\r\n`],
    ['carriage returns alone', `${lines.join('\r')}\r`],
    ['a byte order mark and no last line end', `\ufeff${lines.join('\n')}`],
    ['empty and white lines', `\n${lines.join('\n \n\n')}\n  \n`],
    ['a header', `${header}\n${lines.join('\n')}\n`],
    ['labels −1 and 1', lines.join('\n').replace(/^0/, '-1')],
    ['labels with a point', lines.join('\n').replace(/^([01])/gm, '$1.0')],
  ])('%s change nothing', async (_, text) => {
    expect(await read('criteo', text)).toEqual(await read('criteo', lines.join('\n')));
  });

  test('tells of a header without the label first, of another delimiter, and of lines that never end', async () => {
    const other = header.replace('label', 'id');
    await expect(read('criteo', `${other}\n`)).rejects.toThrow(
      /line 1 is a header whose first column is "id".*--format csv/,
    );
    await expect(read('criteo', lines.join('\n').replaceAll('\t', ','))).rejects.toThrow(
      /1 cell,.*"," seems to part them/,
    );
    await expect(read('criteo', `1\t${'x'.repeat(17 << 20)}`)).rejects.toThrow(
      /line 1: the line is longer than 16777216/,
    );
  });
});

describe('avazu', () => {
  const row = (id: string, click: number, hour: string, site: string): string =>
    [id, click, hour, '1005', '0', site, ...Array(18).fill('1')].join(',');
  const header = `id,click,hour,C1,${Array(20).fill('x').join()}`;

  test('a header is passed over where there is one; the hour becomes the hour of the day and the weekday', async () => {
    const paths = [
      shelf.file('train.csv', `${header}\n${row('1', 0, '14102100', 'a')}\n${row('2', 1, '14102203', 'b')}\n`),
      shelf.file('dev.csv.gz', `${row('3', 1, '14102100', 'a')}\r\n`),
    ];
    const examples = await readExamples({ paths, format: 'avazu' });
    expect(examples.labels).toEqual(Uint8Array.of(0, 1, 1));
    expect(names(examples.numbers)).toEqual(['hour of day', 'weekday']);
    expect(names(examples.categories)).toEqual(['hour of day', 'weekday', 'site_id']);
    // 21 October 2014 was a Tuesday.
    expect(examples.numbers.map(({ values }) => [...values])).toEqual([
      [0, 3, 0],
      [2, 3, 2],
    ]);
  });

  const columns =
    'id,click,hour,C1,banner_pos,site_id,site_domain,site_category,app_id,app_domain,app_category,device_id,device_ip,device_model,device_type,device_conn_type,C14,C15,C16,C17,C18,C19,C20,C21'.split(
      ',',
    );
  test('the columns of a header may stand in any order, quoted, with others beside them', async () => {
    const rows = [row('1', 0, '14102100', 'a'), row('2', 1, '14102203', 'b'), row('3', 1, '14102203', 'a')];
    const plain = await read('avazu', [columns.join(), ...rows].join('\n'));
    const turned = [columns, ...rows.map((text) => text.split(','))].map((cells, i) =>
      [...cells.toReversed(), i === 0 ? 'row' : 'a, b'].map((cell) => `"${cell}"`).join(),
    );
    expect(await read('avazu', turned.join('\r\n'))).toEqual(plain);
    expect(names(plain.categories)).toContain('site_id');
  });

  test('a header that lacks columns is refused with their names', async () => {
    const text = `${columns.filter((name) => name !== 'click' && name !== 'C21').join()}\n`;
    await expect(read('avazu', text)).rejects.toThrow(/a header without click, C21: it is not of Avazu's form/);
  });

  test('an hour of another form is refused', async () => {
    await expect(read('avazu', row('1', 0, '2014-10-21', 'a'))).rejects.toThrow(/line 1: the hour "2014-10-21"/);
  });
});

describe('csv', () => {
  test('quotes, decimals, missing words; the label by its name or by --label', async () => {
    const text = 'price,brand,click,bought\n1.5,"a, b",1,0\nNaN,"a, b",0,1\n2,c,0,1\n';
    const examples = await read('csv', text);
    expect(names(examples.numbers)).toEqual(['price', 'bought']);
    expect(names(examples.categories)).toEqual(['brand', 'bought']); // a decimal is no category
    expect(examples.numbers[0]!.values).toEqual(Float32Array.of(1.5, Number.NaN, 2));
    expect((await read('csv', text, 'b.csv', 'bought')).labels).toEqual(Uint8Array.of(0, 1, 1));
  });

  test.each(['Infinity', '-inf', 'INF'])('the number "%s" is refused with its line and column', async (cell) => {
    await expect(read('csv', `click,price\n1,1.5\n0,${cell}\n`, 'i.csv')).rejects.toThrow(
      new RegExp(`i.csv, line 3: price is "${cell}", which is not finite`),
    );
    // Of names it is one like any other.
    expect(names((await read('csv', `click,brand\n1,a\n0,${cell}\n0,a\n`)).categories)).toEqual(['brand']);
  });

  test.each([';', '|', '\t'])('cells may be parted by "%s"', async (delimiter) => {
    const text = 'click,x,brand\n1,5,a\n0,6,a\n0,6,b\n';
    expect(await read('csv', text.replaceAll(',', delimiter))).toEqual(await read('csv', text));
  });

  test('tells what columns there are where the label is not found', async () => {
    await expect(read('csv', 'a,b\n1,2\n')).rejects.toThrow(/none of click.*name it with --label. Its columns: a, b/);
    await expect(read('csv', 'a,b\n1,2\n', 'c.csv', 'clik')).rejects.toThrow(/no column "clik"/);
    await expect(read('csv', '1,0.5,a\n0,0.5,b\n', 'd.csv')).rejects.toThrow(/d.csv: its first line seems to be data/);
  });

  test.each(['yes,no', 'Y,N', 'True,False', 'T,F', '1.0,-1.0'])('labels may be %s', async (pair) => {
    const [one, none] = pair.split(',');
    expect((await read('csv', `click,x\n${none},5\n${one},6\n`)).labels).toEqual(Uint8Array.of(0, 1));
  });

  test('labels that say it otherwise need their click named; without, it is said how', async () => {
    const text = 'click,x\nnoclick,5\nclick,6\n';
    await expect(read('csv', text)).rejects.toThrow(/line 2: the label "noclick".*--positive VALUE/);
    const positive = (text: string, value: string) =>
      readExamples({ paths: [shelf.file('p.csv', text)], format: 'csv', positive: value });
    expect((await positive(text, 'click')).labels).toEqual(Uint8Array.of(0, 1));
    expect((await positive('click,x\n1,5\n2.0,6\n', '2')).labels).toEqual(Uint8Array.of(0, 1));
    await expect(positive('click,x\nclick,6\n,5\n', 'click')).rejects.toThrow(/line 3: the label is empty/);
  });

  test('a second file may order its columns otherwise, but must have them', async () => {
    const first = shelf.file('1.csv', 'click,x\n1,5\n');
    const paths = [first, shelf.file('2.csv', 'x,click\n6,0\n')];
    expect((await readExamples({ paths, format: 'csv' })).numbers[0]!.values).toEqual(Float32Array.of(5, 6));
    const lacking = [first, shelf.file('3.csv', 'y,click\n6,0\n')];
    await expect(readExamples({ paths: lacking, format: 'csv' })).rejects.toThrow(/3.csv has no column "x"/);
  });
});

test('lists in Parquet are names, not numbers with decimal commas', async () => {
  const path = join(shelf.folder, 'lists.parquet');
  const connection = await (await DuckDBInstance.create()).connect();
  await connection.run(
    `COPY (SELECT i % 2 AS label, [i % 3, 7] AS tags, i % 5 AS x FROM range(30) t(i)) TO '${path}' (FORMAT parquet)`,
  );
  const examples = await readExamples({ paths: [path], format: 'csv' });
  expect(names(examples.numbers)).toEqual(['x']);
  expect(names(examples.categories)).toEqual(['tags', 'x']);
  expect(examples.notes).toBeUndefined();
});

describe('libsvm', () => {
  test('one feature of each field in every row: categories; a field of one value is left out', async () => {
    const examples = await read('libsvm', '0 1:1 7:1 20:1\n1 2:1 7:1 21:1\n-1 1:1 7:1 21:1\n');
    expect(examples.labels).toEqual(Uint8Array.of(0, 1, 0));
    expect(names(examples.categories)).toEqual(['field 1', 'field 3']);
    expect(examples.categories[0]!.values[0]).toBe(examples.categories[0]!.values[2]);
    expect(examples.sparse).toBeUndefined();
  });

  test.each([
    ['other values', '0 1:1 7:0.5\n1 2:1 8:1\n'],
    ['rows of other lengths', '0 1:1 7:1\n1 2:1\n'],
    ['fields that share features', '0 1:1 7:1\n1 7:1 9:1\n'],
  ])('%s: sparse features', async (_, text) => {
    const { sparse, categories } = await read('libsvm', text);
    expect(categories).toEqual([]);
    expect(sparse!.starts.at(-1)).toBe(sparse!.indices.length);
  });

  test('comments, features in any order, zeros; what is no feature is refused', async () => {
    const { sparse } = await read('libsvm', '# all\n1 9:2 3:0.5 4:0 # row\n\n0 1:1\n');
    expect([...sparse!.indices]).toEqual([3, 9, 1]);
    expect([...sparse!.values]).toEqual([0.5, 2, 1]);
    for (const bad of ['x 1:1', '1 a:1', '1 1:nan', '1 1:1e39', '1 1:', '1 3', '1 -1:2', '1 2:1 2:1'])
      await expect(read('libsvm', `0 1:1\n${bad}\n`)).rejects.toThrow(/line 2/);
  });

  test('a label that is none is refused with its file and line, comments and files before it counted', async () => {
    const paths = [shelf.file('one.svm', '1 1:1\n0 2:1\n'), shelf.file('two.svm', '# a\n\n1 1:1\n3 2:1\n')];
    await expect(readExamples({ paths, format: 'libsvm' })).rejects.toThrow(/two.svm, line 4: the label "3"/);
  });
});

test('of too many cells a sample is kept, rows whole, the same every time, and told of how many', async () => {
  const lines = Array.from({ length: 5000 }, (_, i) => `${i % 2},${i},${(i * 7919) % 1000}`);
  const paths = [shelf.file('many.csv', ['click,n,m', ...lines].join('\n'))];
  const read = () => readExamples({ paths, format: 'csv', cellsMax: 2000 });
  const { rows, labels, numbers, sampledFrom } = await read();
  expect(sampledFrom).toBe(5000);
  expect(rows).toBeGreaterThan(400);
  expect(rows).toBeLessThanOrEqual(1000);
  expect(await read()).toEqual({ ...(await read()), rows });
  const [n, m] = numbers.map(({ values }) => values);
  for (let row = 0; row < rows; row++) expect([labels[row], m![row]]).toEqual([n![row]! % 2, (n![row]! * 7919) % 1000]);
  // Early rows are as likely to be there as late ones.
  expect(n!.reduce((sum, value) => sum + value, 0) / rows).toBeGreaterThan(2300);
  expect(n!.reduce((sum, value) => sum + value, 0) / rows).toBeLessThan(2700);
  expect((await readExamples({ paths, format: 'csv' })).sampledFrom).toBeUndefined();
});

test('an empty file and one that is not there are refused', async () => {
  await expect(read('criteo', '')).rejects.toThrow(/is empty/);
  await expect(readExamples({ paths: ['/nowhere.csv'], format: 'csv' })).rejects.toThrow(/does not exist/);
});

test.each([
  ['Zstandard', Buffer.of(0x28, 0xb5, 0x2f, 0xfd, 4, 0, 9)],
  ['bzip2', Buffer.from('BZh91AY&SY')],
  ['xz', Buffer.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 4)],
  ['zip', Buffer.from('PK\u0003\u0004rest')],
])('a file packed with %s is refused by name', async (name, bytes) => {
  const paths = [shelf.file('packed.bin', bytes)];
  await expect(readExamples({ paths, format: 'criteo' })).rejects.toThrow(
    new RegExp(`is packed with ${name}.*gzip is read`),
  );
});

test('gzip that is cut off is refused', async () => {
  const whole = gzipSync(Array.from({ length: 200 }, (_, i) => criteo('1', `${i * 7919}`, '2', `x${i}`)).join('\n'));
  const path = join(shelf.folder, 'cut.tsv.gz');
  writeFileSync(path, whole.subarray(0, whole.length - 100));
  await expect(readExamples({ paths: [path], format: 'criteo' })).rejects.toThrow(/cut.tsv.gz cannot be read/);
});
