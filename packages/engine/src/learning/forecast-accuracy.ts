/**
 * Accuracy of forecasts as the M4 competition defines it (Makridakis, Spiliotis and Assimakopoulos, IJF 2020):
 *
 *     sMAPE = 200 / H · Σ |y − f| / (|y| + |f|)         in per cent; a point where both are 0 counts 0
 *     MASE  = 1 / H · Σ |y − f| / q                     q = mean |y_t − y_{t−m}| over the history
 *
 * Cells of the outcome that are missing (NaN) are left out.
 */

const STEP_SHARE = 0.1;

/** The mean absolute error of the seasonal naive forecast within the history; NaN where there is no pair to compare. */
export function seasonalNaiveError(history: Float64Array, season: number): number {
  let sum = 0;
  let pairs = 0;
  for (let t = season; t < history.length; t++) {
    const change = Math.abs(history[t]! - history[t - season]!);
    if (Number.isNaN(change)) continue;
    sum += change;
    pairs++;
  }
  return sum / pairs;
}

/**
 * What errors of a series are counted in: its seasonal naive error, but no less than a part of its usual step, for a season
 * that repeats exactly is no yardstick. 0 for a series that never changes.
 */
export function seriesUnit(history: Float64Array, season: number): number {
  const across = seasonalNaiveError(history, season);
  const step = seasonalNaiveError(history, 1);
  return Math.max(Number.isNaN(across) ? step : across, STEP_SHARE * step) || 0;
}

export function meanAbsoluteError(actual: Float64Array, forecast: Float64Array): number {
  return meanOf(actual, (h) => Math.abs(actual[h]! - forecast[h]!));
}

export function symmetricPercentageError(actual: Float64Array, forecast: Float64Array): number {
  return meanOf(actual, (h) => {
    const size = Math.abs(actual[h]!) + Math.abs(forecast[h]!);
    return size === 0 ? 0 : (200 * Math.abs(actual[h]! - forecast[h]!)) / size;
  });
}

/** The share of outcomes within their interval. */
export function coverage(actual: Float64Array, low: Float64Array, high: Float64Array): number {
  return meanOf(actual, (h) => (actual[h]! >= low[h]! && actual[h]! <= high[h]! ? 1 : 0));
}

function meanOf(actual: Float64Array, value: (index: number) => number): number {
  let sum = 0;
  let known = 0;
  for (let h = 0; h < actual.length; h++) {
    if (Number.isNaN(actual[h]!)) continue;
    sum += value(h);
    known++;
  }
  return sum / known;
}
