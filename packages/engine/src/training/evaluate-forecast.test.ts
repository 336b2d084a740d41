import { describe, expect, test } from 'vitest';
import { evaluateForecast, forecastTask } from './evaluate-forecast.ts';

const of = (...values: number[]): Float64Array => Float64Array.from(values);
const wave = (n: number, from = 0): Float64Array => Float64Array.from({ length: n }, (_, t) => 10 + ((from + t) % 4));

describe('a task of forecasting', () => {
  test('joins histories and outcomes by id, and pads the shorter outcomes', () => {
    const task = forecastTask(
      { ids: ['a', 'b'], values: [of(1, 2), of(3)] },
      { ids: ['b', 'a'], values: [of(4, 5), of(6)] },
    );
    expect(task.histories.map((values) => [...values])).toEqual([[3], [1, 2]]);
    expect(task.outcomes.map((values) => [...values])).toEqual([
      [4, 5],
      [6, Number.NaN],
    ]);
  });

  test.each([
    [{ ids: ['x'], values: [of(1)] }, /series x of the test table is not in the training table/],
    [{ ids: ['empty'], values: [of(1)] }, /series empty of the training table has no values/],
    [{ ids: ['a'], values: [of()] }, /the test table has no values/],
  ])('is refused where they do not fit: %j', (test, message) => {
    expect(() => forecastTask({ ids: ['a', 'empty'], values: [of(1, 2), of(Number.NaN)] }, test)).toThrow(message);
  });
});

test('a season that repeats is forecast within 1.5 %, and a constant has no scaled error', () => {
  const ids = ['a', 'b', 'constant'];
  const task = forecastTask(
    { ids, values: [wave(60), wave(60).map((value, t) => value + (t === 30 ? 2 : 0)), of(7, 7, 7, 7, 7, 7)] },
    { ids, values: [wave(4), wave(4), of(7, 7, 7, 7)] },
  );
  const quality = evaluateForecast(task, { season: 4, levels: [0.8] });
  expect(quality).toMatchObject({ series: 3, horizon: 4, withoutScale: 2 });
  expect(quality.seasonalNaive).toEqual({ smape: 0, mase: 0 });
  expect(quality.smape).toBeLessThan(1.5);
  expect(Object.keys(quality.coverage)).toEqual(['0.8']);
});
