/**
 * The mean of skewed values, such as rare clicks times large weights, with an interval that leans to where the tail is: Hall's
 * transformation (Hall 1992, "On the removal of skewness by transformation"). With W = (mean − μ) / s and skewness γ,
 *
 *   g(W) = W + γ W² / 3 + γ² W³ / 27 + γ / (6 n)
 *
 * is symmetric to second order, and is inverted in closed form. Not for a handful of values: it wants at least some tens.
 */
import type { Interval } from './contrast.ts';
import { normalQuantile } from './distributions.ts';

export interface MeanEstimate {
  readonly mean: number;
  readonly standardError: number;
  readonly ci: Interval;
}

/** values: [n], at least two. */
export function skewedMean(values: Float64Array, alpha: number): MeanEstimate {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  let second = 0;
  let third = 0;
  for (const value of values) {
    const away = value - mean;
    second += away * away;
    third += away * away * away;
  }
  const deviation = Math.sqrt(second / (n - 1));
  const standardError = deviation / Math.sqrt(n);
  if (!(deviation > 0)) return { mean, standardError: 0, ci: [mean, mean] };
  const skewness = third / n / (second / n) ** 1.5;
  const z = normalQuantile(1 - alpha / 2) / Math.sqrt(n);
  const low = mean - deviation * inverse(z, skewness, n);
  const high = mean - deviation * inverse(-z, skewness, n);
  return { mean, standardError, ci: [low, high] };
}

/**
 * The same where values of one cluster, such as of one buyer, come together: what is spread are the clusters' sums of what lies above the mean. clusters: from 0, each with one value at
 * least; all values by themselves where absent. [n]
 */
export function clusteredMean(values: Float64Array, clusters: Int32Array | undefined, alpha: number): MeanEstimate {
  const count = clusters?.reduce((most, cluster) => Math.max(most, cluster + 1), 0) ?? 0;
  if (count < 2) return skewedMean(values, alpha);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  // The mean of these is that of all values; how many values a cluster has does not spread them.
  const sums = new Float64Array(count).fill(mean);
  values.forEach((value, i) => {
    sums[clusters![i]!]! += (count / values.length) * (value - mean);
  });
  return skewedMean(sums, alpha);
}

/** The W with g(W) = x. */
function inverse(x: number, skewness: number, n: number): number {
  if (Math.abs(skewness) < 1e-9) return x;
  return (3 / skewness) * (Math.cbrt(1 + skewness * (x - skewness / (6 * n))) - 1);
}
