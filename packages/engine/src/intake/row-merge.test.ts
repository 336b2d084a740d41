import { expect, test } from 'vitest';
import { RowMerge } from './row-merge.ts';

test('the most common value wins, of equals the later, and empty ones do not count', () => {
  const merge = new RowMerge();
  merge.add('a', 2, ['Lamp', 3, undefined]);
  merge.add('a', 3, ['?', 4, undefined]);
  merge.add('b', 4, [undefined, 9, 'x']);
  merge.add('a', 5, ['Lamp', 4, 'tag']);
  merge.add('a', 6, [undefined, 3, undefined]);
  expect([...merge.take()]).toEqual([
    { id: 'a', line: 2, rows: 4, values: ['Lamp', 3, 'tag'] },
    { id: 'b', line: 4, rows: 1, values: [undefined, 9, 'x'] },
  ]);
});
