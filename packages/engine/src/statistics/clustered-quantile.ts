/**
 * A quantile of rows that come in clusters (a buyer's page loads), with the interval of Deng, Knoblich & Lu (2018): the share of
 * rows at or below the quantile is a ratio over clusters, whose standard error s comes from the delta method; the quantiles at
 * q − z s and q + z s enclose the answer, and their distance gives the standard error. No density needs to be estimated.
 */
import { normalQuantile } from './distributions.ts';
import { linearMoments, type Moments, momentsOf } from './moments.ts';

/** Two-sided 95 %: how far out the interval is taken that the standard error is read from. */
const REACH = -normalQuantile(0.025);

/** Standard error of the share of rows below, from the moments of (rows below, rows) over clusters. */
export function rankError(moments: Moments): number {
  const [below, rows] = moments.mean;
  const share = below! / rows!;
  const { covariance } = linearMoments(moments, [Float64Array.of(1 / rows!, -share / rows!, share)]);
  return Math.sqrt(covariance[0]! / moments.units);
}

/** The probabilities whose quantiles give the standard error. */
export function outerProbabilities(q: number, error: number): readonly [number, number] {
  return [Math.max(0, q - REACH * error), Math.min(1, q + REACH * error)];
}

export const quantileVariance = (low: number, high: number): number => ((high - low) / (2 * REACH)) ** 2;

/** In memory: `values` of rows, `cluster` of each in 0 … clusters − 1. */
export function clusteredQuantile(values: Float64Array, cluster: Int32Array, clusters: number, q: number) {
  const sorted = Float64Array.from(values).sort();
  const mean = interpolated(sorted, q);
  const below = new Float64Array(clusters);
  const rows = new Float64Array(clusters);
  for (let i = 0; i < values.length; i++) {
    rows[cluster[i]!]!++;
    if (values[i]! <= mean) below[cluster[i]!]!++;
  }
  const [low, high] = outerProbabilities(q, rankError(momentsOf([below, rows])));
  const variance = quantileVariance(interpolated(sorted, low), interpolated(sorted, high));
  return { mean, variance, df: clusters - 1 };
}

/** Between order statistics, as DuckDB's `quantile_cont`. */
function interpolated(sorted: Float64Array, q: number): number {
  const at = q * (sorted.length - 1);
  const low = Math.floor(at);
  const high = Math.min(sorted.length - 1, low + 1);
  return sorted[low]! + (at - low) * (sorted[high]! - sorted[low]!);
}
