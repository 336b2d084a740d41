/**
 * Did the arms get the shares of units that they were to get? Pearson's χ² test of counts against weights. A mismatch means that
 * units were lost or gained depending on their arm, so that the arms differ in more than the treatment (Fabijan et al. 2019).
 */
import { chiSquareTail } from './distributions.ts';

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
