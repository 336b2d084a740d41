/**
 * Sums of integers that stay exact beyond 2^53, where a double begins to skip numbers: two neighbouring cells of an array hold
 *
 *     sum = high × 2^40 + low,   0 ≤ low < 2^40
 *
 * so both stay exact up to sums of 2^93. Sums are negative where `high` is. What is added must be a safe integer.
 */
import { assert } from './assert.ts';

const RADIX = 2 ** 40;
/** Cells of one sum. */
export const SUM_CELLS = 2;

/** Adds to the sum whose cells are `at` and `at + 1`. */
export function addExact(cells: Float64Array, at: number, amount: number): void {
  assert(Number.isSafeInteger(amount), 'only safe integers can be added exactly', amount);
  const carried = Math.floor(amount / RADIX);
  const low = cells[at + 1]! + (amount - carried * RADIX);
  const over = low >= RADIX ? 1 : 0;
  cells[at]! += carried + over;
  cells[at + 1] = low - over * RADIX;
}

/** The double nearest to the sum: the sum itself up to 2^53. */
export function nearest(cells: Float64Array, at: number): number {
  return cells[at]! * RADIX + cells[at + 1]!;
}

export function exactly(cells: Float64Array, at: number): bigint {
  return BigInt(cells[at]!) * BigInt(RADIX) + BigInt(cells[at + 1]!);
}
