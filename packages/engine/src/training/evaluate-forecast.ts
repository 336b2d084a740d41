/** How good forecasts of a panel are on outcomes that were held back, and how good the seasonal naive forecast would have been. */
import { RialtoError } from '../base/errors.ts';
import {
  coverage,
  meanAbsoluteError,
  seasonalNaiveError,
  symmetricPercentageError,
} from '../learning/forecast-accuracy.ts';
import { withoutGaps } from '../learning/forecast-gaps.ts';
import { forecastPanel, type PanelOptions } from '../learning/forecast-panel.ts';
import { seasonalNaive } from '../learning/forecast-seasonal-naive.ts';

export interface ForecastTask {
  readonly ids: readonly string[];
  readonly histories: readonly Float64Array[];
  /** What came next, all for the same horizon; NaN where it is not known. */
  readonly outcomes: readonly Float64Array[];
}

interface Accuracy {
  readonly smape: number;
  readonly mase: number;
}

export interface ForecastQuality extends Accuracy {
  readonly coverage: Readonly<Record<string, number>>;
  readonly seasonalNaive: Accuracy;
  readonly series: number;
  readonly horizon: number;
  /** Whose scaled error does not exist, because the history never changes: left out of MASE. */
  readonly withoutScale: number;
}

type Options = Omit<PanelOptions, 'horizon'>;

/** Training table and test table joined by id; a series of the one that the other lacks is an error. */
export function forecastTask(
  train: { readonly ids: readonly string[]; readonly values: readonly Float64Array[] },
  test: { readonly ids: readonly string[]; readonly values: readonly Float64Array[] },
): ForecastTask {
  const place = new Map(train.ids.map((id, i) => [id, i]));
  const horizon = test.values.reduce((most, { length }) => Math.max(most, length), 0);
  if (horizon === 0) throw new RialtoError('bad-file', 'the test table has no values: one series a row, the id first');
  const histories = test.ids.map((id) => {
    const at = place.get(id);
    if (at === undefined)
      throw new RialtoError('bad-file', `series ${id} of the test table is not in the training table`);
    if (!train.values[at]!.some(Number.isFinite))
      throw new RialtoError('bad-file', `series ${id} of the training table has no values`);
    return train.values[at]!;
  });
  const outcomes = test.values.map((values) => {
    const padded = new Float64Array(horizon).fill(Number.NaN);
    padded.set(values);
    return padded;
  });
  return { ids: test.ids, histories, outcomes };
}

export function evaluateForecast({ histories, outcomes }: ForecastTask, options: Options): ForecastQuality {
  const { season, levels } = options;
  const horizon = outcomes[0]!.length;
  const forecasts = forecastPanel(histories, { ...options, horizon });
  const naive = histories.map((history) => seasonalNaive(withoutGaps(history, season), season, horizon));
  const points = forecasts.map(({ point }) => point);
  const scales = histories.map((history) => seasonalNaiveError(history, season));
  const covered = levels.map((level, l): [string, number] => [
    String(level),
    meanOf(forecasts.map(({ low, high }, i) => coverage(outcomes[i]!, low[l]!, high[l]!))),
  ]);
  return {
    ...accuracy(points, outcomes, scales),
    coverage: Object.fromEntries(covered),
    seasonalNaive: accuracy(naive, outcomes, scales),
    series: histories.length,
    horizon,
    withoutScale: scales.filter((scale) => !(scale > 0)).length,
  };
}

function accuracy(
  points: readonly Float64Array[],
  outcomes: readonly Float64Array[],
  scales: readonly number[],
): Accuracy {
  const scaled = points.map((point, i) => meanAbsoluteError(outcomes[i]!, point) / scales[i]!);
  return {
    smape: meanOf(points.map((point, i) => symmetricPercentageError(outcomes[i]!, point))),
    mase: meanOf(scaled.filter((_, i) => scales[i]! > 0)),
  };
}

function meanOf(values: readonly number[]): number {
  const known = values.filter((value) => !Number.isNaN(value));
  return known.reduce((a, b) => a + b, 0) / known.length;
}
