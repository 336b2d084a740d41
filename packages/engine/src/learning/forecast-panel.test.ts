import { describe, expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { coverage, meanAbsoluteError, seasonalNaiveError } from './forecast-accuracy.ts';
import { withoutGaps } from './forecast-gaps.ts';
import { forecastPanel } from './forecast-panel.ts';
import { seasonalNaive } from './forecast-seasonal-naive.ts';
import { smoothedForecast } from './forecast-smoothing.ts';

const SEASON = 6;
const WEEK = 7 * SEASON;
const HORIZON = 12;

/** A short and a long season around an autoregressive level; what nobody can foresee has standard deviation 1. */
function rhythm(rng: Rng, length: number): Float64Array {
  const phase = rng.unit() * 6;
  const size = 5 + 10 * rng.unit();
  let level = 0;
  return Float64Array.from({ length }, (_, t) => {
    level = 0.8 * level + 0.6 * rng.normal();
    const day = Math.sin((2 * Math.PI * t) / SEASON + phase);
    const weekend = Math.floor(t / SEASON) % 7 >= 5 ? 0.4 : 1;
    return 50 + size * (1 + day) * weekend + level + 0.8 * rng.normal();
  });
}

const panelOf = (seed: number, series: number, length: number) => {
  const rng = new Rng(seed);
  const all = Array.from({ length: series }, () => rhythm(rng, length + HORIZON));
  return {
    histories: all.map((values) => values.subarray(0, length)),
    outcomes: all.map((values) => values.subarray(length)),
  };
};

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const options = { season: SEASON, horizon: HORIZON, levels: [0.8, 0.95], windowsMax: 4000 };

describe('a panel with two seasons and an autoregressive level (seed 5)', () => {
  const { histories, outcomes } = panelOf(5, 60, 300);
  const forecasts = forecastPanel(histories, options);
  const error = (points: readonly Float64Array[]): number =>
    mean(points.map((point, i) => meanAbsoluteError(outcomes[i]!, point)));

  test('is forecast nearly as well as can be', () => {
    // The standard deviation of level and noise far ahead is √(1 + .8²) = 1.28: a mean absolute error of 1.02.
    const reached = error(forecasts.map(({ point }) => point));
    expect(reached).toBeLessThan(1.2);
    expect(reached).toBeGreaterThan(0.85);
    const longNaive = error(histories.map((history) => seasonalNaive(history, WEEK, HORIZON)));
    expect(reached).toBeLessThan(0.85 * longNaive);
  });

  test.each([0, 1])('has intervals that hold what they say, level %i', (level) => {
    const covered = mean(forecasts.map(({ low, high }, i) => coverage(outcomes[i]!, low[level]!, high[level]!)));
    expect(Math.abs(covered - options.levels[level]!)).toBeLessThan(0.04);
  });

  test('are the same when made again', () => {
    const again = forecastPanel(
      histories.map((history) => history.slice()),
      options,
    );
    expect(again).toEqual(forecasts);
  });
});

test('follows the unit of a series: 1000 times the values, 1000 times the forecast', () => {
  const { histories } = panelOf(6, 20, 200);
  const once = forecastPanel(histories, options)[3]!;
  const large = forecastPanel(
    histories.map((history) => history.map((value) => 1000 * value)),
    options,
  )[3]!;
  large.point.forEach((value, h) => {
    expect(value / 1000).toBeCloseTo(once.point[h]!, 4);
  });
});

describe('series that give little', () => {
  const make = (length: number, value: (t: number) => number) => Float64Array.from({ length }, (_, t) => value(t));
  const cases = {
    'one value': make(1, () => 7),
    constant: make(300, () => 7),
    zeros: make(300, () => 0),
    'shorter than a season': make(4, (t) => t),
    'two seasons': make(2 * SEASON, (t) => t % SEASON),
    negative: make(300, (t) => -100 + 10 * Math.sin(t)),
    'mostly zero': make(300, (t) => (t % 29 === 0 ? 5 : 0)),
    gaps: make(300, (t) => (t % 11 === 3 || (t > 100 && t < 120) ? Number.NaN : 20 + (t % SEASON))),
    'gaps at both ends': make(300, (t) => (t < 50 || t > 290 ? Number.NaN : 20 + (t % SEASON))),
  };

  test.each(Object.entries(cases))('%s: alone and among others', (_, series) => {
    const { histories } = panelOf(7, 12, 300);
    const known = [...series].filter((value) => !Number.isNaN(value));
    const low = Math.min(...known);
    const high = Math.max(...known);
    for (const panel of [[series], [...histories, series]]) {
      const { point, low: lows, high: highs } = forecastPanel(panel, options).at(-1)!;
      expect(point).toHaveLength(HORIZON);
      for (const value of [...point, ...lows.flatMap((a) => [...a]), ...highs.flatMap((a) => [...a])])
        expect(Number.isFinite(value)).toBe(true);
      for (const value of point) {
        expect(value).toBeGreaterThanOrEqual(low - 0.5 * (high - low) - 1e-9);
        expect(value).toBeLessThanOrEqual(high + 0.5 * (high - low) + 1e-9);
      }
      if (low === high) for (const value of [...point, ...lows[0]!, ...highs[0]!]) expect(value).toBe(low);
    }
  });

  test('a season without noise goes on', () => {
    const forecast = forecastPanel([cases['two seasons'], cases.gaps], options);
    forecast[0]!.point.forEach((value, h) => {
      expect(value).toBeCloseTo(h % SEASON, 1);
    });
    forecast[1]!.point.forEach((value, h) => {
      expect(value).toBeCloseTo(20 + (h % SEASON), 1);
    });
  });
});

test('smoothing finds the level, the season and the noise floor of a known process (seed 8)', () => {
  const rng = new Rng(8);
  const truth = (t: number): number => 100 + 20 * Math.cos((2 * Math.PI * t) / SEASON);
  const history = Float64Array.from({ length: 240 }, (_, t) => truth(t) + rng.normal());
  const forecast = smoothedForecast(history, SEASON, HORIZON);
  const best = Float64Array.from({ length: HORIZON }, (_, h) => truth(240 + h));
  expect(meanAbsoluteError(best, forecast)).toBeLessThan(0.6);
  expect(seasonalNaiveError(history, SEASON)).toBeGreaterThan(1);
});

test('the seasonal naive forecast repeats the last cycle, or the mean of several', () => {
  const history = Float64Array.from([0, 1, 2, 3, 4, 7]);
  expect([...seasonalNaive(history, 2, 5)]).toEqual([4, 7, 4, 7, 4]);
  expect([...seasonalNaive(history, 2, 3, 2)]).toEqual([3, 5, 3]);
  expect([...seasonalNaive(history, 4, 2, 2)]).toEqual([7, 7]);
});

test('fills gaps from the same place of the season, and cuts off what comes before the first value', () => {
  const nan = Number.NaN;
  const filled = withoutGaps(Float64Array.from([nan, nan, 1, 10, 2, nan, 3, 30, nan]), 2);
  expect([...filled]).toEqual([1, 10, 2, 20, 3, 30, 3]);
});
