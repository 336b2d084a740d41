/**
 * Forecasts many series at once, with intervals: the median of several pooled regressions where a series is long enough for
 * them, smoothing and the seasonal naive forecast where it is not.
 *
 * Twice the same: first without the last steps of each series, to see the errors on what was not learned from; from these come
 * the intervals. Then with everything, for the forecast itself.
 */
import { assert } from '../base/assert.ts';
import { seriesUnit } from './forecast-accuracy.ts';
import { withoutGaps } from './forecast-gaps.ts';
import { conformalFactors, type ErrorScale, errorScale, type Predict } from './forecast-intervals.ts';
import { type Panel, PooledForecaster, type PooledOptions } from './forecast-pooled.ts';
import { seasonalNaive } from './forecast-seasonal-naive.ts';
import { smoothedForecast } from './forecast-smoothing.ts';

export interface PanelOptions {
  /** Steps of the shortest season; 1 where there is none. */
  readonly season: number;
  readonly horizon: number;
  /** Of the intervals, such as 0.8. */
  readonly levels: readonly number[];
  /** Examples of each regression at most: the more, the better and the slower. */
  readonly windowsMax?: number;
  readonly onProgress?: (done: number, all: number, what: string) => void;
}

export interface SeriesForecast {
  readonly point: Float64Array; // [horizon]
  readonly low: readonly Float64Array[]; // [levels][horizon]
  readonly high: readonly Float64Array[]; // [levels][horizon]
}

const WINDOWS_MAX = 40_000;
/** In seasons, the longest that the panel allows: two weeks of hours, a week, two days … */
const LAG_SEASONS = [14, 8, 7, 4, 3, 2, 1] as const;
/** Examples that do not overlap, for each lag. */
const WINDOWS_FOR_LAG = 0.25;
const HELD_SEASONS = 3;
const ORIGINS = 24;
/** Series a group should have, on average. */
const GROUP_SIZES = [70, 35] as const;
/** A forecast does not leave the range of its series by more than this share of it. */
const BEYOND_RANGE = 0.5;

/** `histories` may have gaps (NaN), but each at least one value. */
export function forecastPanel(histories: readonly Float64Array[], options: PanelOptions): readonly SeriesForecast[] {
  const { season, horizon, levels } = options;
  const panel: Panel = { season, horizon, histories: histories.map((history) => withoutGaps(history, season)) };
  assert(
    panel.histories.every(({ length }) => length > 0),
    'every series has a value',
  );
  const units = Float64Array.from(panel.histories, (history) => seriesUnit(history, season));
  const held = heldSteps(panel);
  options.onProgress?.(0, 2, 'learning without the last steps');
  const trial = predictor(panel, held, options);
  const trialScale = errorScale(panel.histories, units, trial, {
    ...panel,
    origins: (series) => originsBefore(panel, series, held),
  });
  const factors = conformalFactors(scoresOf(panel, trial, trialScale, held), levels);
  options.onProgress?.(1, 2, 'learning from everything');
  const predict = held === 0 ? trial : predictor(panel, 0, options);
  const scale = errorScale(panel.histories, units, predict, {
    ...panel,
    origins: (series) => originsBefore(panel, series, 0),
  });
  options.onProgress?.(2, 2, 'forecasting');
  return panel.histories.map((history, series) => {
    const point = predict(series, history.length);
    const sigma = scale.of(series, history.length);
    const least = history.every((value) => value >= 0) ? 0 : Number.NEGATIVE_INFINITY;
    const edge = (factor: number): Float64Array => point.map((value, h) => Math.max(least, value + factor * sigma[h]!));
    return { point, low: factors.map((factor) => edge(-factor)), high: factors.map((factor) => edge(factor)) };
  });
}

/** How many last steps of each series the trial does without: 0 where most series are too short for a trial. */
function heldSteps({ histories, season, horizon }: Panel): number {
  const middle = [...histories.map(({ length }) => length)].sort((a, b) => a - b)[histories.length >> 1] ?? 0;
  const wanted = horizon + HELD_SEASONS * season;
  if (wanted <= middle / 3) return wanted;
  return horizon + season <= middle / 2 ? horizon + season : 0;
}

/** Origins whose outcomes lie before the last `held` steps, latest first. */
function originsBefore({ histories, season, horizon }: Panel, series: number, held: number): readonly number[] {
  const last = histories[series]!.length - held - horizon;
  const step = season > 5 ? 5 + (season % 5 === 0 ? 2 : 0) : 1;
  const least = Math.max(1, season);
  return Array.from({ length: ORIGINS }, (_, i) => last - i * step).filter((end) => end >= least);
}

/** |error| / σ from the origins within the steps held back. */
function scoresOf(panel: Panel, predict: Predict, scale: ErrorScale, held: number): Float64Array {
  const scores: number[] = [];
  panel.histories.forEach((history, series) => {
    const last = history.length - panel.horizon;
    for (const end of originsBefore(panel, series, 0)) {
      if (end > last || end < history.length - held) continue;
      const forecast = predict(series, end);
      const sigma = scale.of(series, end);
      forecast.forEach((value, h) => {
        if (sigma[h]! > 0) scores.push(Math.abs(history[end + h]! - value) / sigma[h]!);
      });
    }
  });
  return Float64Array.from(scores);
}

/** Learned without the last `held` steps. */
function predictor(panel: Panel, held: number, options: PanelOptions): Predict {
  const { season, horizon } = panel;
  const lags = lagsFor(panel, held);
  const shared = {
    lags: lags ?? 1,
    held,
    groupings: [...new Set(GROUP_SIZES.map((size) => Math.max(1, Math.round(panel.histories.length / size))))],
    windowsMax: options.windowsMax ?? WINDOWS_MAX,
  };
  const of = (special: Pick<PooledOptions, 'logarithmic'>) => new PooledForecaster(panel, { ...shared, ...special });
  const pooled = lags === undefined ? [] : [of({ logarithmic: false }), of({ logarithmic: true })];
  const bounds = panel.histories.map(boundsOf);
  return (series, end) => {
    const members: Float64Array[] = [];
    for (const forecaster of pooled) {
      if (!forecaster.canForecast(series, end)) continue;
      for (let member = 0; member < forecaster.members; member++)
        members.push(forecaster.forecast(member, series, end));
    }
    const history = panel.histories[series]!.subarray(0, end);
    if (members.length === 0) {
      members.push(smoothedForecast(history, season, horizon), seasonalNaive(history, season, horizon));
    }
    const { low, high } = bounds[series]!;
    return medianOf(members).map((value) => Math.max(low, Math.min(high, value)));
  };
}

/** As many as the panel can teach, or undefined where it cannot teach any. */
function lagsFor({ histories, season, horizon }: Panel, held: number): number | undefined {
  return LAG_SEASONS.map((seasons) => seasons * season).find((lags) => {
    const stretches = histories.map(({ length }) => Math.max(0, length - held - horizon - lags + 1));
    const usable = stretches.filter((stretch) => stretch > 0).length;
    const windows = stretches.reduce((a, b) => a + b, 0) / horizon;
    return usable >= histories.length / 2 && windows >= WINDOWS_FOR_LAG * lags;
  });
}

function boundsOf(history: Float64Array): { low: number; high: number } {
  const least = history.reduce((a, b) => Math.min(a, b));
  const most = history.reduce((a, b) => Math.max(a, b));
  const slack = BEYOND_RANGE * (most - least);
  return { low: least >= 0 ? Math.max(0, least - slack) : least - slack, high: most + slack };
}

function medianOf(members: readonly Float64Array[]): Float64Array {
  const middle = members.length >> 1;
  return members[0]!.map((_, h) => {
    const values = members.map((member) => member[h]!).sort((a, b) => a - b);
    return values.length % 2 === 1 ? values[middle]! : (values[middle - 1]! + values[middle]!) / 2;
  });
}
