import { expect, test } from 'vitest';
import { shareOut } from './share-out.ts';

test('parts add up, and what is left goes to the largest remainders, the first among equals', () => {
  // Exact: 1.6, 3.2, 0.2.
  expect(shareOut([8, 16, 1], 5)).toEqual([2, 3, 0]);
  expect(shareOut([1, 1, 1], 4)).toEqual([2, 1, 1]);
  expect(shareOut([0, 3], 7)).toEqual([0, 7]);
  expect(() => shareOut([0, 0], 1)).toThrow('must not all be 0');
});
