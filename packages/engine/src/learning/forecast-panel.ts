/**
 * Forecasts many series at once, with intervals: a combination of pooled regressions, smoothing and seasonal naive forecasts.
 *
 * Twice the same: first without the last steps of each series, to see every member's errors on what it was not fitted on; from
 * these come the weights of the members and the intervals. Then with everything, for the forecast itself.
 */
import { assert } from '../base/assert.ts';
import { meanAbsoluteError, seriesUnit } from './forecast-accuracy.ts';
import { combinationWeights, combined, type Trial } from './forecast-combination.ts';
import { withoutGaps } from './forecast-gaps.ts';
import { conformalFactors, type ErrorScale, errorScale } from './forecast-intervals.ts';
import { fitMembers, type Members } from './forecast-members.ts';
import type { Panel } from './forecast-pooled.ts';

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
const HELD_SEASONS = 7;
const ORIGINS_MAX = 24;

/** `histories` may have gaps (NaN), but each at least one value. */
export function forecastPanel(histories: readonly Float64Array[], options: PanelOptions): readonly SeriesForecast[] {
  const { season, horizon, levels, windowsMax = WINDOWS_MAX, onProgress } = options;
  const panel: Panel = { season, horizon, histories: histories.map((history) => withoutGaps(history, season)) };
  assert(
    panel.histories.every(({ length }) => length > 0),
    'every series has a value',
  );
  const units = Float64Array.from(panel.histories, (history) => seriesUnit(history, season));
  const held = heldSteps(panel);
  onProgress?.(0, 3, 'learning without the last steps');
  const trialMembers = fitMembers(panel, held, windowsMax);
  const trials = panel.histories.map((_, series) => trialsOf(panel, series, trialMembers, held));
  const weights = trials.map((own, series) => combinationWeights(own, trialMembers.count, units[series]!));
  onProgress?.(1, 3, 'measuring errors');
  // Kept for the forecast itself: errors on what was learned from, with weights chosen there, would be too small.
  const scale = errorScale(
    panel.histories,
    units,
    (series, end) => combined(trialMembers.forecast(series, end), weights[series]!),
    { ...panel, origins: (series) => origins(panel, series, held) },
  );
  const factors = conformalFactors(scoresOf(panel, trials, units, scale), levels);
  onProgress?.(2, 3, 'learning from everything');
  const members = held === 0 ? trialMembers : fitMembers(panel, 0, windowsMax);
  onProgress?.(3, 3, 'forecasting');
  return panel.histories.map((history, series) => {
    const point = combined(members.forecast(series, history.length), weights[series]!);
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

/** Origins whose outcomes lie before the last `without` steps, latest first, at all places of the season. */
function origins({ histories, season, horizon }: Panel, series: number, without: number): readonly number[] {
  const last = histories[series]!.length - without - horizon;
  const step = season <= 5 ? 1 : season % 7 === 0 ? 5 : 7;
  const least = Math.max(1, season);
  return Array.from({ length: ORIGINS_MAX }, (_, i) => last - i * step).filter((end) => end >= least);
}

/** From the origins within the steps held back; where nothing is held back, from the last ones. */
function trialsOf(panel: Panel, series: number, members: Members, held: number): readonly Trial[] {
  const history = panel.histories[series]!;
  const among = origins(panel, series, 0).filter((end) => held === 0 || end >= history.length - held);
  return among.map((end) => {
    const outcome = history.subarray(end, end + panel.horizon);
    const forecasts = members.forecast(series, end);
    const errors = Float64Array.from(forecasts, (forecast) =>
      forecast === undefined ? Number.NaN : meanAbsoluteError(outcome, forecast),
    );
    return { end, forecasts, errors };
  });
}

/** |error| / σ of the combination, with weights from trials at least a season away: a trial does not choose for itself. */
function scoresOf(
  { histories, season, horizon }: Panel,
  trials: readonly (readonly Trial[])[],
  units: Float64Array,
  scale: ErrorScale,
): Float64Array {
  const scores: number[] = [];
  histories.forEach((history, series) => {
    for (const { end, forecasts } of trials[series]!) {
      const others = trials[series]!.filter((trial) => Math.abs(trial.end - end) >= season);
      const forecast = combined(forecasts, combinationWeights(others, forecasts.length, units[series]!));
      const sigma = scale.of(series, end);
      for (let h = 0; h < horizon; h++)
        if (sigma[h]! > 0) scores.push(Math.abs(history[end + h]! - forecast[h]!) / sigma[h]!);
    }
  });
  return Float64Array.from(scores);
}
