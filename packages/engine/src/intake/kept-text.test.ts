import { expect, test } from 'vitest';
import { KeptText } from './kept-text.ts';

test('gives the same text, and refuses in words what is too much, by what is different in it', () => {
  const kept = new KeptText('a.csv', 10_000);
  for (let line = 2; line < 1000; line++) expect(kept.keep(`shop ${line % 3}`, line)).toBe(`shop ${line % 3}`);
  const ids = new KeptText('a.csv', 10_000);
  const keepIds = () => {
    for (let line = 2; line < 1000; line++) ids.keep(`id ${line}`, line);
  };
  expect(keepIds).toThrow(/a.csv, line \d+: the columns up to here take 1 MB, .*--max-old-space-size/);
});
