/** Files of who met what: usual names, times of any one kind, and what is refused, with its line. */
import { afterAll, expect, test } from 'vitest';
import { makeShelf } from './intake.fixture.ts';
import { readInteractions, requireInteractions } from './interaction-file.ts';

const shelf = makeShelf();
afterAll(() => shelf.remove());

test('columns by usual names, cells trimmed, empty lines passed over', async () => {
  const path = shelf.file('a.csv', '\ufeffSession Id,ItemId,Timestamp\r\n1, a ,5\r\n\r\n2,a,7');
  const { users, items, times } = await readInteractions({ path, of: 'sessions' });
  expect([users, items, [...times]]).toEqual([
    ['1', '2'],
    ['a', 'a'],
    [5, 7],
  ]);
});

test('of names that mean the same the nearest is taken: sessions before users, orders last', async () => {
  const read = async (head: string, of: 'users' | 'sessions') =>
    (await readInteractions({ path: shelf.file('names.csv', `${head}\n1,2,3\n`), of, timed: false })).users[0];
  expect(await read('InvoiceNo,StockCode,CustomerID', 'users')).toBe('3');
  expect(await read('InvoiceNo,StockCode,CustomerID', 'sessions')).toBe('3');
  expect(await read('InvoiceNo,StockCode,Country', 'sessions')).toBe('1');
  expect(await read('user_id:token,item_id:token,session_id:token', 'sessions')).toBe('3');
  expect(await read('user,movie,rating', 'users')).toBe('1');
});

test('dates may be text, but not beside numbers: they could not be put in order', async () => {
  const dates = shelf.file('b.csv', 'user,item,time\nu,a,2014-04-07T10:51:09.277Z\nu,b,2014-04-07T10:51:08Z\n');
  const { times } = await readInteractions({ path: dates });
  expect(times[0]! - times[1]!).toBeCloseTo(1.277, 6);
  const mixed = shelf.file('c.csv', 'user,item,time\nu,a,1396867869\nu,b,2014-04-07T10:51:08Z\n');
  await expect(readInteractions({ path: mixed })).rejects.toThrow(
    /line 3: time: .* is a date, and line 2 has a number/,
  );
});

const FORMS: readonly (readonly [name: string, text: string, users: string[], items: string[], times: number[]])[] = [
  [
    'u.data',
    '196\t242\t3\t881250949\n186\t302\t3\t891717742\n',
    ['196', '186'],
    ['242', '302'],
    [881250949, 891717742],
  ],
  ['ratings.dat', '1::1193::5::978300760\n2::661::3::978302109', ['1', '2'], ['1193', '661'], [978300760, 978302109]],
  [
    'ratings_Beauty.csv',
    'A39HTATAQ9V7YF,0205616461,5.0,1369699200\r\nA3JM6,0558925278,3.0,1355443200\r\n\r\n',
    ['A39HTATAQ9V7YF', 'A3JM6'],
    ['0205616461', '0558925278'],
    [1369699200, 1355443200],
  ],
  [
    'All_Beauty.csv',
    '0143026860,A1V6B6TNIC10QE,1.0,1424304000\nB00006L9LC,A1F7YU6O5RU432,5.0,1418860800\n',
    ['A1V6B6TNIC10QE', 'A1F7YU6O5RU432'],
    ['0143026860', 'B00006L9LC'],
    [1424304000, 1418860800],
  ],
  [
    'clicks.dat',
    '1,2014-04-07T10:51:09.277Z,214536502,0\n2,2014-04-07T10:51:10.500Z,214577561,S\n',
    ['1', '2'],
    ['214536502', '214577561'],
    [1396867869.277, 1396867870.5],
  ],
  ['times.csv', '7,9,1396867869\n8,9,1396867870\n', ['7', '8'], ['9', '9'], [1396867869, 1396867870]],
  [
    'second.csv',
    '7,1396867869,214536502\n8,1396867870,14\n',
    ['7', '8'],
    ['214536502', '14'],
    [1396867869, 1396867870],
  ],
  ['stars.csv', '7,9,4.5\n8,9,2\n', ['7', '8'], ['9', '9'], []],
  ['pairs.tsv', '7\t900000000\n8\t5\n', ['7', '8'], ['900000000', '5'], []],
];

test.each(FORMS)('%s has no header, and is known by its first rows', async (name, text, users, items, times) => {
  const notes: string[] = [];
  const read = await readInteractions({ path: shelf.file(name, text), onNote: (note) => notes.push(note) });
  expect([read.users, read.items, [...read.times]]).toEqual([users, items, times]);
  expect(notes).toHaveLength(1);
  expect(notes[0]).toContain('has no header: its columns are taken as');
});

test('columns of a file without a header are named by number where its form is not known', async () => {
  const path = shelf.file('six.tsv', 'user_000001\t2009-05-04T23:08:57Z\tf1b1cf71\tDeep Dish\tt9\tFlashdance\n');
  const read = await readInteractions({ path, columns: { user: '1', item: '5', time: '2' } });
  expect([read.users, read.items, [...read.times]]).toEqual([['user_000001'], ['t9'], [1241478537]]);
  const both = shelf.file('both.csv', '7,1396867869,1396867869\n8,1396867870,1396867870\n');
  await expect(readInteractions({ path: both })).rejects.toThrow(/Its first line seems to be data/);
  const odd = shelf.file('odd.csv', '5,x,y,z,2\n6,x,y,z,3\n');
  await expect(readInteractions({ path: odd })).rejects.toThrow(/Its first line seems to be data, .* by number/);
});

test('times of any unit are the same seconds; small numbers stay what they are', async () => {
  const read = async (cell: string): Promise<number> =>
    (await readInteractions({ path: shelf.file('unit.csv', `user,item,time\nu,a,${cell}\n`) })).times[0]!;
  for (const cell of ['1396867869', '1396867869000', '1396867869000000', '1396867869000000000', '2014-04-07T10:51:09Z'])
    expect(await read(cell)).toBe(1396867869);
  expect(await read('17')).toBe(17);
});

test('a day and milliseconds beside it are one time, and a session column goes before a user column', async () => {
  const path = shelf.file(
    'diginetica.csv',
    'sessionId;userId;itemId;timeframe;eventdate\n1;NA;81766;526309;2016-05-09\n',
  );
  const read = await readInteractions({ path, of: 'sessions' });
  expect([read.users, read.items, [...read.times]]).toEqual([['1'], ['81766'], [1462752000 + 526.309]]);
});

test('times that nobody needs are not looked at', async () => {
  const path = shelf.file('months.csv', 'user,item,date\nu,a,12/1/2010 8:26\nu,b,\n');
  expect((await readInteractions({ path, timed: false })).items).toEqual(['a', 'b']);
  await expect(readInteractions({ path })).rejects.toThrow(/day and month cannot be told apart/);
});

test('a file whose columns have other names is told from one without a header', async () => {
  const named = shelf.file('d.csv', 'who,what\n1,2\n');
  await expect(readInteractions({ path: named })).rejects.toThrow(
    /its columns are who, what; name it with --user-column/,
  );
});

test('a file for later is opened, and its columns are found, without reading it', async () => {
  const path = shelf.file('later.csv', 'user,item\nu,\n');
  await expect(requireInteractions({ path })).resolves.toBeUndefined();
  await expect(requireInteractions({ path, columns: { item: 'what' } })).rejects.toThrow(
    /later.csv has no column what/,
  );
  await expect(requireInteractions({ path: '/nowhere.csv' })).rejects.toThrow(/nowhere.csv does not exist/);
});

test('an empty cell, a row of another width and a header alone are refused', async () => {
  const read = (name: string, text: string) => readInteractions({ path: shelf.file(name, text) });
  await expect(read('e.csv', 'user,item\nu,a\nu,\n')).rejects.toThrow(/e.csv, line 3: item is empty/);
  await expect(read('f.csv', 'user,item\nu,a,b\n')).rejects.toThrow(/f.csv, line 2: the row has 3 cells/);
  await expect(read('g.csv', 'user,item\n')).rejects.toThrow(/has a header but no rows/);
});
