/** From sums by the entries of a shortlist to a column over candidates: what features of evidence have in common. */
import type { Accumulator } from './accumulator.ts';
import type { Candidates } from './candidates.ts';
import { clamp } from './scales.ts';

/** Puts each candidate's sum into `out`, lists the candidates that have one in `rows` and returns how many. */
function spreadSums(
  { size, touched, sums }: Accumulator,
  candidates: Candidates,
  out: Float32Array,
  rows: Int32Array,
): number {
  let count = 0;
  for (let i = 0; i < size; i++) {
    const candidate = candidates.at(touched[i]!);
    if (candidate < 0) continue;
    out[candidate] = sums[touched[i]!]!;
    rows[count++] = candidate;
  }
  return count;
}

/** The same, at most 1. */
export function spreadShares(sums: Accumulator, candidates: Candidates, out: Float32Array, rows: Int32Array): number {
  const count = spreadSums(sums, candidates, out, rows);
  for (let i = 0; i < count; i++) out[rows[i]!] = clamp(out[rows[i]!]!);
  return count;
}

/** The same, of √(scale · sum), at most 1. */
export function spreadRoots(
  sums: Accumulator,
  scale: number,
  candidates: Candidates,
  out: Float32Array,
  rows: Int32Array,
): number {
  const count = spreadSums(sums, candidates, out, rows);
  for (let i = 0; i < count; i++) out[rows[i]!] = Math.sqrt(clamp(scale * out[rows[i]!]!));
  return count;
}
