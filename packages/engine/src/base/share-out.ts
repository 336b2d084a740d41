/**
 * Shares out whole things in proportion to weights, by largest remainders (Hamilton's method): each gets ⌊total·wᵢ/Σw⌋, and what is left goes one by
 * one to the largest remainders, the first among equals.
 */
import { assert } from './assert.ts';

/** Parts that add up to `total`. weights: at least 0, not all of them 0 */
export function shareOut(weights: readonly number[], total: number): number[] {
  const sum = weights.reduce((all, weight) => all + weight, 0);
  assert(sum > 0, 'weights to share out by must not all be 0');
  const exact = weights.map((weight) => (total * weight) / sum);
  const parts = exact.map(Math.floor);
  const order = [...parts.keys()].sort((a, b) => exact[b]! - parts[b]! - (exact[a]! - parts[a]!) || a - b);
  let left = total - parts.reduce((all, part) => all + part, 0);
  for (let i = 0; left > 0; i++, left--) parts[order[i]!]!++;
  return parts;
}
