/**
 * Prediction intervals around any forecaster, from its own errors: split-conformal (Lei et al., JASA 2018), scaled.
 *
 *     ŷ_{t+h} ± κ · σ_{i,h}        σ_{i,h} = u_{i, phase(t+h)} · g_h
 *
 * u: the mean absolute error of series i at that place of the season, over origins of its past; g: how errors grow with the
 * horizon, over all series. κ is the quantile of |error| / σ over origins that the forecaster was not fitted on, so that the
 * share of outcomes inside is the nominal one whatever the errors' distribution, over the panel as a whole.
 */

/** The forecast for the steps from `end` on, from the steps before it. [horizon] */
export type Predict = (series: number, end: number) => Float64Array;

export interface ErrorScale {
  /** σ for the forecast made at `end`. [horizon] */
  of(series: number, end: number): Float64Array;
}

interface ScaleOptions {
  readonly season: number;
  readonly horizon: number;
  /** Where errors are looked at, of each series: outcomes must be known. */
  readonly origins: (series: number) => readonly number[];
}

/** The weight of a series' overall error against that at one place of the season, in observations. */
const PHASE_PRIOR = 10;
/** The weight of the panel's error against a series' own, in observations. */
const SERIES_PRIOR = 12;

export function errorScale(
  histories: readonly Float64Array[],
  units: Float64Array,
  predict: Predict,
  { season, horizon, origins }: ScaleOptions,
): ErrorScale {
  const counts = new Float64Array(histories.length);
  const sums = new Float64Array(histories.length);
  const phaseCounts = new Float64Array(histories.length * season);
  const phaseSums = new Float64Array(histories.length * season);
  const growth = new Float64Array(horizon);
  histories.forEach((history, series) => {
    if (units[series] === 0) return;
    for (const end of origins(series)) {
      const forecast = predict(series, end);
      for (let h = 0; h < horizon; h++) {
        const error = Math.abs(history[end + h]! - forecast[h]!) / units[series]!;
        growth[h]! += error;
        sums[series]! += error;
        counts[series]!++;
        phaseSums[series * season + ((end + h) % season)]! += error;
        phaseCounts[series * season + ((end + h) % season)]!++;
      }
    }
  });
  const all = counts.reduce((a, b) => a + b, 0);
  const average = all > 0 ? sums.reduce((a, b) => a + b, 0) / all : 1;
  const meanGrowth = growth.reduce((a, b) => a + b, 0) / horizon;
  return {
    of(series, end) {
      const own = (sums[series]! + SERIES_PRIOR * average) / (counts[series]! + SERIES_PRIOR);
      return Float64Array.from({ length: horizon }, (_, h) => {
        const at = series * season + ((end + h) % season);
        const here = (phaseSums[at]! + PHASE_PRIOR * own) / (phaseCounts[at]! + PHASE_PRIOR);
        return units[series]! * here * (meanGrowth > 0 ? growth[h]! / meanGrowth : 1);
      });
    },
  };
}

/** κ for each level: the ⌈(n + 1) level⌉-th smallest score; without scores, as for Laplace errors. `scores` are sorted here. */
export function conformalFactors(scores: Float64Array, levels: readonly number[]): readonly number[] {
  if (scores.length === 0) return levels.map((level) => -Math.log(1 - level));
  scores.sort();
  return levels.map((level) => {
    const rank = Math.ceil((scores.length + 1) * level);
    return scores[Math.min(scores.length, rank) - 1]!;
  });
}
