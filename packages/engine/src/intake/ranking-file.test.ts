/** Graded documents with their queries' sizes beside them or in each line. */
import { afterAll, expect, test } from 'vitest';
import { makeShelf } from './intake.fixture.ts';
import { readRanking } from './ranking-file.ts';

const shelf = makeShelf();
afterAll(() => shelf.remove());
const LINES = '2 1:0.5\n0 3:1\n1 1:1\n';

test('sizes in a file of the same name and .query, packed or not', async () => {
  const path = shelf.file('rank.train.gz', LINES);
  shelf.file('rank.train.query', '2\n1\n');
  const { grades, groups, numbers } = await readRanking(path);
  expect([...grades]).toEqual([2, 0, 1]);
  expect([...groups]).toEqual([0, 2, 3]);
  expect([...numbers.sparse!.indices]).toEqual([1, 3, 1]);
});

test('a qid in each line', async () => {
  const { groups } = await readRanking(shelf.file('q.txt', '2 qid:7 1:1\n0 qid:7 2:1\n1 qid:8 1:1\n'));
  expect([...groups]).toEqual([0, 2, 3]);
});

test('refuses sizes that do not fit, grades that are none, and files without queries', async () => {
  const path = shelf.file('bad.txt', LINES);
  await expect(readRanking(path)).rejects.toThrow(/no qid:n.*bad.txt.query/);
  shelf.file('bad.txt.query', '2\n2\n');
  await expect(readRanking(path)).rejects.toThrow(/speaks of 4 documents, but .* has 3/);
  shelf.file('bad.txt.query', '2\nx\n');
  await expect(readRanking(path)).rejects.toThrow(/line 2: "x" is not a number/);
  await expect(readRanking(shelf.file('grade.txt', '1.5 1:1\n'))).rejects.toThrow(
    /line 1: the grade "1.5" is not a whole number from 0 to 30/,
  );
  await expect(readRanking(shelf.file('comments.txt', '# none\n'))).rejects.toThrow(/has no documents/);
});

test('refuses a query that is torn apart, and a qid in some lines only', async () => {
  const torn = shelf.file('torn.txt', '1 qid:7 1:1\n0 qid:8 1:1\n0 qid:7 2:1\n');
  await expect(readRanking(torn)).rejects.toThrow(/torn.txt, line 3: the query 7 comes again/);
  const late = shelf.file('late.txt', '1 1:1\n0 qid:8 1:1\n');
  await expect(readRanking(late)).rejects.toThrow(/line 2: the first line with a qid/);
  const lost = shelf.file('lost.txt', '1 qid:8 1:1\n0 1:1\n');
  await expect(readRanking(lost)).rejects.toThrow(/line 2: the line has no qid/);
});
