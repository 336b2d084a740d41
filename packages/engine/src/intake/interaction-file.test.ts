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

test('dates may be text, but not beside numbers: they could not be put in order', async () => {
  const dates = shelf.file('b.csv', 'user,item,time\nu,a,2014-04-07T10:51:09.277Z\nu,b,2014-04-07T10:51:08Z\n');
  const { times } = await readInteractions({ path: dates });
  expect(times[0]! - times[1]!).toBe(1277);
  const mixed = shelf.file('c.csv', 'user,item,time\nu,a,1396867869\nu,b,2014-04-07T10:51:08Z\n');
  await expect(readInteractions({ path: mixed })).rejects.toThrow(
    /line 3: time: .* is a date, and line 2 has a number/,
  );
});

test('a file whose first line is data is told from one whose columns have other names', async () => {
  const bare = shelf.file('u.data', '196\t242\t3\t881250949\n186\t302\t3\t891717742\n');
  await expect(readInteractions({ path: bare })).rejects.toThrow(/Its first line seems to be data: put a header/);
  const colons = shelf.file('ratings.dat', '1::1193::5::978300760\n1::661::3::978302109\n');
  await expect(readInteractions({ path: colons })).rejects.toThrow(/Its first line seems to be data: put a header/);
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
