/** The methods that a panel's forecast is combined from, fitted without the last `held` steps of each series. */
import type { MemberForecasts } from './forecast-combination.ts';
import { type Panel, PooledForecaster } from './forecast-pooled.ts';
import { seasonalNaive } from './forecast-seasonal-naive.ts';
import { smoothedForecast } from './forecast-smoothing.ts';

export interface Members {
  readonly count: number;
  /** From what `series` had before step `end`. */
  forecast(series: number, end: number): MemberForecasts;
}

/** In seasons, the longest that the panel allows: two weeks of hours, a week, two days … */
const LAG_SEASONS = [14, 8, 7, 4, 3, 2, 1] as const;
/** Examples that do not overlap, for each lag. */
const WINDOWS_FOR_LAG = 0.25;
/** Series a group should have, on average. */
const GROUP_SIZES = [70, 35] as const;
/** The longer rhythm that a season may have above it: the week of days. */
const LONG_SEASON = 7;
/** A forecast does not leave the range of its series by more than this share of it. */
const BEYOND_RANGE = 0.5;

export function fitMembers(panel: Panel, held: number, windowsMax: number): Members {
  const { season, horizon, histories } = panel;
  const lags = lagsFor(panel, held);
  const groupings = [...new Set(GROUP_SIZES.map((size) => Math.max(1, Math.round(histories.length / size))))];
  const pooled =
    lags === undefined
      ? []
      : [false, true].map(
          (logarithmic) => new PooledForecaster(panel, { lags, held, groupings, windowsMax, logarithmic }),
        );
  const periods = season > 1 ? [season, LONG_SEASON * season] : [season];
  const bounds = histories.map(boundsOf);
  return {
    count: pooled.length * groupings.length + 3 * periods.length,
    forecast(series, end) {
      const history = histories[series]!.subarray(0, end);
      const { low, high } = bounds[series]!;
      const single = periods.flatMap((period) => {
        if (period > season && end < 2 * period) return [undefined, undefined, undefined];
        return [
          smoothedForecast(history, period, horizon),
          seasonalNaive(history, period, horizon),
          period > season ? seasonalNaive(history, period, horizon, 2) : undefined,
        ];
      });
      const shared = pooled.flatMap((forecaster) =>
        groupings.map((_, member) =>
          forecaster.canForecast(series, end) ? forecaster.forecast(member, series, end) : undefined,
        ),
      );
      return [...shared, ...single].map((forecast) => forecast?.map((value) => Math.max(low, Math.min(high, value))));
    },
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
