/** Click logs of each format: what becomes a number and what a category, and what is refused, with its line. */
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

  test('tells what columns there are where the label is not found', async () => {
    await expect(read('csv', 'a,b\n1,2\n')).rejects.toThrow(/none of click.*name it with --label. Its columns: a, b/);
    await expect(read('csv', 'a,b\n1,2\n', 'c.csv', 'clik')).rejects.toThrow(/no column "clik"/);
  });

  test('a second file may order its columns otherwise, but must have them', async () => {
    const first = shelf.file('1.csv', 'click,x\n1,5\n');
    const paths = [first, shelf.file('2.csv', 'x,click\n6,0\n')];
    expect((await readExamples({ paths, format: 'csv' })).numbers[0]!.values).toEqual(Float32Array.of(5, 6));
    const lacking = [first, shelf.file('3.csv', 'y,click\n6,0\n')];
    await expect(readExamples({ paths: lacking, format: 'csv' })).rejects.toThrow(/3.csv has no column "x"/);
  });
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
    for (const bad of ['x 1:1', '1 a:1', '1 1:nan', '1 1:', '1 3', '1 -1:2', '1 2:1 2:1'])
      await expect(read('libsvm', `0 1:1\n${bad}\n`)).rejects.toThrow(/line 2/);
  });
});

test('an empty file and one that is not there are refused', async () => {
  await expect(read('criteo', '')).rejects.toThrow(/is empty/);
  await expect(readExamples({ paths: ['/nowhere.csv'], format: 'csv' })).rejects.toThrow(/does not exist/);
});
