/**
 * The traffic forecast on real rhythms, against forecasts that repeat: the M4 competition's hourly series as hourly counts, and the
 * weekly rhythm of a classifieds site's regions with Poisson counts. `docs/benchmarks/ads.md` has the figures.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { millis } from '../base/units.ts';
import { TrafficForecast } from './traffic-forecast.ts';

const DATA = process.env['RIALTO_DATA'] ?? fileURLToPath(new URL('../../../../../shared/data', import.meta.url));
const M4 = join(DATA, 'forecast/m4-hourly/train.csv.gz');
const REGIONS = join(DATA, 'forecast/avito-traffic/traffic-share.csv.gz');
const present = existsSync(M4) && existsSync(REGIONS);
const where = present ? '' : ` (skipped: ${M4} or ${REGIONS} is not there; RIALTO_DATA names another place)`;

const HOUR = 3_600_000;
const START = 19_705 * 24;
const at = (hour: number) => millis((START + hour) * HOUR);
const rows = (path: string): string[][] =>
  gunzipSync(readFileSync(path))
    .toString()
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.replaceAll('"', '').split(','));

const total = (values: ArrayLike<number>, from = 0, to = values.length): number => {
  let sum = 0;
  for (let i = from; i < to; i++) sum += values[i]!;
  return sum;
};

/** A mean that is added to. */
class Mean {
  #sum = 0;
  #count = 0;
  add(value: number): void {
    this.#sum += value;
    this.#count++;
  }
  get value(): number {
    return this.#sum / this.#count;
  }
}

describe.skipIf(!present)(`real rhythms${where}`, () => {
  test('M4 hourly, the last week of the training part, every 10th series, 300 requests an hour', () => {
    const errors = {
      rest: new Mean(),
      restByWeek: new Mean(),
      next: new Mean(),
      nextByWeek: new Mean(),
      inside: new Mean(),
    };
    const daysInside = new Mean();
    for (const row of rows(M4).filter((_, i) => i % 10 === 0)) {
      const series = row
        .slice(1)
        .filter((cell) => cell !== '')
        .map(Number);
      const scale = 300 / (total(series) / series.length);
      const counts = series.map((value) => Math.round(scale * value));
      const forecast = new TrafficForecast();
      const end = 24 * Math.floor(counts.length / 24);
      for (let hour = 0; hour < end; hour++) {
        const restHours = 24 - (hour % 24);
        if (hour >= end - 168) {
          const actual = total(counts, hour, hour + restHours);
          const { mean, low, high } = forecast.forecastTotal(0, at(hour), restHours);
          errors.rest.add(Math.abs(mean - actual) / 7200);
          errors.restByWeek.add(Math.abs(total(counts, hour - 168, hour - 168 + restHours) - actual) / 7200);
          daysInside.add(actual >= low && actual <= high ? 1 : 0);
          const hours = forecast.forecast(0, at(hour), Math.min(24, end - hour));
          hours.mean.forEach((value, k) => {
            const count = counts[hour + k]!;
            errors.next.add(Math.abs(value - count) / 300);
            errors.nextByWeek.add(Math.abs(counts[hour + k - 168]! - count) / 300);
            errors.inside.add(count >= hours.low[k]! && count <= hours.high[k]! ? 1 : 0);
          });
        }
        forecast.observe(0, at(hour), counts[hour]!);
      }
    }
    expect(errors.rest.value).toBeLessThan(0.85 * errors.restByWeek.value);
    expect(errors.next.value).toBeLessThan(0.9 * errors.nextByWeek.value);
    expect(errors.inside.value).toBeGreaterThan(0.77);
    expect(errors.inside.value).toBeLessThan(0.9);
    expect(daysInside.value).toBeGreaterThan(0.7);
    expect(daysInside.value).toBeLessThan(0.9);
  });

  test.each([
    { weekly: 200, weeks: 3, most: 0.35 },
    { weekly: 2000, weeks: 3, most: 0.2 },
    { weekly: 20_000, weeks: 3, most: 0.08 },
  ])('regions of a classifieds site with $weekly requests a week (seed 31)', ({ weekly, weeks, most }) => {
    const shares = new Map<string, Float64Array>();
    for (const [region, weekday, hour, share] of rows(REGIONS)) {
      const own = shares.get(region!) ?? new Float64Array(168);
      own[(Number(weekday) % 7) * 24 + Number(hour)] = Number(share);
      shares.set(region!, own);
    }
    const rng = new Rng(31);
    const forecast = new TrafficForecast();
    const truths = [...shares.values()];
    const lastWeek = truths.map(() => new Float64Array(168));
    const ownMean = truths.map(() => new Float64Array(168));
    for (let hour = 0; hour < weeks * 168; hour++) {
      truths.forEach((truth, cell) => {
        const mean = weekly * truth[hour % 168]!;
        const count = mean < 50 ? rng.poisson(mean) : Math.max(0, Math.round(mean + Math.sqrt(mean) * rng.normal()));
        lastWeek[cell]![hour % 168] = count;
        ownMean[cell]![hour % 168]! += count / weeks;
        if (count > 0) forecast.observe(cell, at(hour), count);
      });
    }
    const errorOf = (predicted: (cell: number) => Float64Array): number => {
      let sum = 0;
      truths.forEach((truth, cell) => {
        predicted(cell).forEach((value, hour) => {
          sum += Math.abs(value - weekly * truth[hour]!);
        });
      });
      return sum / (weekly * truths.length);
    };
    const reached = errorOf((cell) => forecast.forecast(cell, at(weeks * 168), 168).mean);
    expect(reached).toBeLessThan(most);
    expect(reached).toBeLessThan(0.75 * errorOf((cell) => lastWeek[cell]!));
    expect(reached).toBeLessThan(errorOf((cell) => ownMean[cell]!));
  });
});
