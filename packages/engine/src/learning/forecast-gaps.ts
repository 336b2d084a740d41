/**
 * Missing cells (NaN) of a series, filled so that models can read it: with the mean of the nearest known values at the same
 * place of the season, before and after; without such, on the line between the neighbours. Cells before the first known value
 * are cut off.
 */

export function withoutGaps(series: Float64Array, season: number): Float64Array {
  let first = 0;
  while (first < series.length && !Number.isFinite(series[first]!)) first++;
  const known = series.subarray(first);
  if (known.every(Number.isFinite)) return known;
  const filled = known.slice();
  for (let t = 0; t < known.length; t++) if (!Number.isFinite(known[t]!)) filled[t] = estimate(known, t, season);
  return filled;
}

function estimate(series: Float64Array, t: number, season: number): number {
  const before = nearest(series, t, -season);
  const after = nearest(series, t, season);
  if (before >= 0 && after >= 0) return (series[before]! + series[after]!) / 2;
  if (before >= 0) return series[before]!;
  if (after >= 0) return series[after]!;
  const left = nearest(series, t, -1);
  const right = nearest(series, t, 1);
  if (right < 0) return series[left]!;
  return series[left]! + ((series[right]! - series[left]!) * (t - left)) / (right - left);
}

/** The first known cell in steps of `step`, or -1. */
function nearest(series: Float64Array, from: number, step: number): number {
  for (let t = from + step; t >= 0 && t < series.length; t += step) if (Number.isFinite(series[t]!)) return t;
  return -1;
}
