/**
 * Did the arms get the shares of units that they were to get? Pearson's χ² test of counts against weights. A mismatch means that
 * units were lost or gained depending on their arm, so that the arms differ in more than the treatment (Fabijan et al. 2019).
 */
import { chiSquareTail } from './distributions.ts';

/** Cells that are expected to hold fewer are left out of the test of independence. */
const EXPECTED_MIN = 5;

export interface SampleRatio {
  readonly p: number;
  readonly chiSquare: number;
  readonly df: number;
  /** Units that the weights asked for. [arms] */
  readonly expected: readonly number[];
}

/** `weights` need not add up to 1 here. [arms], [arms] */
export function sampleRatio(units: readonly number[], weights: readonly number[]): SampleRatio {
  const total = units.reduce((sum, n) => sum + n, 0);
  const weight = weights.reduce((sum, w) => sum + w, 0);
  const expected = weights.map((w) => (total * w) / weight);
  const chiSquare = units.reduce((sum, n, i) => sum + (n - expected[i]!) ** 2 / expected[i]!, 0);
  const df = units.length - 1;
  return { p: df > 0 ? chiSquareTail(chiSquare, df) : 1, chiSquare, df, expected };
}

/** Are units spread over the parts alike in all arms? `counts[part][arm]`; parts too small to tell are left out. */
export function independenceP(counts: readonly (readonly number[])[]): number {
  const total = (part: readonly number[]): number => part.reduce((sum, n) => sum + n, 0);
  const arms = (counts[0] ?? []).map((_, arm) => counts.reduce((sum, part) => sum + part[arm]!, 0));
  const all = total(arms);
  const large = counts.filter((part) => arms.every((n) => (total(part) * n) / all >= EXPECTED_MIN));
  const shares = arms.map((_, arm) => large.reduce((sum, part) => sum + part[arm]!, 0));
  const rest = total(shares);
  const chiSquare = large.reduce(
    (sum, part) =>
      sum +
      sampleRatio(
        part,
        shares.map((n) => n / rest),
      ).chiSquare,
    0,
  );
  const df = (large.length - 1) * (arms.length - 1);
  return df > 0 ? chiSquareTail(chiSquare, df) : 1;
}
