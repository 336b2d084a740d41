import { describe, expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { TUNED_AT } from './analysis.ts';
import { cellEffect } from './cell-metric.ts';
import { type CellData, cellResult } from './cell-result.ts';
import { parseMetric } from './metric-spec.ts';

const OPTIONS = { alpha: 0.05, tunedAt: TUNED_AT };
const REDEALING = { draws: 199, seed: 1 };

interface World {
  readonly regions: number;
  readonly periods: number;
  readonly effect: number;
  readonly periodHours?: number;
}

/** Orders of 0 to 60 decisions a cell, with levels of regions and shocks of periods that all regions share. */
function lived(seed: number, { regions, periods, effect, periodHours = 4 }: World): CellData {
  const rng = new Rng(seed);
  const level = Array.from({ length: regions }, () => 5 + 2 * rng.normal());
  const shock = Array.from({ length: periods }, () => rng.normal());
  const cells = Array.from({ length: regions * periods }, (_, i) => [i % regions, Math.floor(i / regions)] as const);
  const treated = cells.map(() => rng.below(2));
  const decisions = Float64Array.from(cells, () => 10 + rng.below(50));
  const orders = Float64Array.from(cells, ([r, t], i) => {
    return (
      decisions[i]! * (level[r]! + shock[t]! + effect * treated[i]! + (3 * rng.normal()) / Math.sqrt(decisions[i]!))
    );
  });
  return {
    region: cells.map(([r]) => `r${r}`),
    period: Int32Array.from(cells, ([, t]) => t),
    variant: treated.map((one) => (one === 1 ? 'new' : 'old')),
    columns: { decisions, orders },
    periodHours,
    variants: [
      { name: 'old', weight: 0.5 },
      { name: 'new', weight: 0.5 },
    ],
    metrics: [parseMetric('orders:kind=ratio,num=orders,den=decisions,role=decision')],
    notes: [],
  };
}

/** Least squares with dummies by the normal equations, and their sandwich. */
function withDummies(data: CellData) {
  const regions = [...new Set(data.region)];
  const periods = [...new Set(data.period)];
  const weight = data.columns['decisions']!;
  const rows = data.region.map((region, i) => [
    data.variant[i] === 'new' ? 1 : 0,
    ...regions.map((one) => (one === region ? 1 : 0)),
    ...periods.slice(1).map((one) => (one === data.period[i] ? 1 : 0)),
  ]);
  const y = data.region.map((_, i) => data.columns['orders']![i]! / weight[i]!);
  const gram = rows[0]!.map((_, a) =>
    rows[0]!.map((__, b) => rows.reduce((sum, row, i) => sum + weight[i]! * row[a]! * row[b]!, 0)),
  );
  const inverse = inverted(gram);
  const moment = rows[0]!.map((_, a) => rows.reduce((sum, row, i) => sum + weight[i]! * row[a]! * y[i]!, 0));
  const beta = inverse.map((line) => line.reduce((sum, value, a) => sum + value * moment[a]!, 0));
  let meat = 0;
  rows.forEach((row, i) => {
    const residual = y[i]! - row.reduce((sum, x, a) => sum + x * beta[a]!, 0);
    const leverage = row.reduce((sum, x, a) => sum + x * row.reduce((dot, z, b) => dot + z * inverse[a]![b]!, 0), 0);
    const score = weight[i]! * residual * row.reduce((sum, x, a) => sum + x * inverse[0]![a]!, 0);
    meat += score ** 2 / (1 - weight[i]! * leverage);
  });
  return { absolute: beta[0]!, standardError: Math.sqrt(meat) };
}

function inverted(matrix: readonly (readonly number[])[]): number[][] {
  const n = matrix.length;
  const work = matrix.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1 : 0))]);
  for (let c = 0; c < n; c++) {
    const pivot = work
      .slice(c)
      .reduce((best, row, i) => (Math.abs(row[c]!) > Math.abs(work[best]![c]!) ? c + i : best), c);
    [work[c], work[pivot]] = [work[pivot]!, work[c]!];
    const scale = work[c]![c]!;
    work[c] = work[c]!.map((x) => x / scale);
    for (let r = 0; r < n; r++) {
      const factor = work[r]![c]!;
      if (r !== c) work[r] = work[r]!.map((x, j) => x - factor * work[c]![j]!);
    }
  }
  return work.map((row) => row.slice(n));
}

describe('cells of region and time', () => {
  test('weighted least squares with dummies, by the normal equations (seed 8)', () => {
    const data = lived(8, { regions: 6, periods: 12, effect: 1 });
    const result = cellResult(data, OPTIONS);
    const [effect] = result.metrics[0]!.effects;
    const expected = withDummies(data);
    expect(result).toMatchObject({ design: 'switchback', regions: 6, periods: 12, season: 'period' });
    expect(effect!.absolute).toBeCloseTo(expected.absolute, 8);
    // Leverages are taken as if regions and periods crossed evenly.
    expect(Math.abs(effect!.standardError / expected.standardError - 1)).toBeLessThan(0.01);
    expect(result.arms.reduce((sum, { units }) => sum + units, 0)).toBe(72);
  });

  test.each([
    ['switchback', { regions: 5, periods: 16, effect: 0.4 }],
    ['cluster', { regions: 40, periods: 1, effect: 0.4, periodHours: 672 }],
  ] as const)('%s: intervals hold the truth as often as they say (seeds 0 to 399)', (design, world) => {
    let [covered, sum] = [0, 0];
    for (let seed = 0; seed < 400; seed++) {
      const data = lived(seed, world);
      const comparison = {
        value: data.columns['orders']!.map((orders, i) => orders / data.columns['decisions']![i]!),
        weight: data.columns['decisions']!,
        treated: Uint8Array.from(data.variant, (variant) => (variant === 'new' ? 1 : 0)),
        region: design === 'switchback' ? Int32Array.from(data.region, (r) => Number(r.slice(1))) : new Int32Array(40),
        season: data.period,
      };
      const { ci, absolute } = cellEffect(comparison, 0.05, { draws: 0, seed });
      if (ci[0] <= 0.4 && 0.4 <= ci[1]) covered++;
      sum += absolute / 400;
    }
    // Standard deviation of the share: .011.
    expect(covered / 400).toBeGreaterThan(0.92);
    expect(covered / 400).toBeLessThan(0.98);
    expect(Math.abs(sum - 0.4)).toBeLessThan(0.1);
  });

  test('the randomisation test is that over all assignments, where they can be counted', () => {
    const value = Float64Array.of(1, 5, 2, 7, 3, 9, 4, 11);
    const treated = Uint8Array.of(0, 1, 0, 1, 0, 1, 1, 0);
    const none = new Int32Array(8);
    const { randomisationP } = cellEffect({ value, treated, region: none, season: none }, 0.05, {
      draws: 4_000,
      seed: 3,
    });
    const far = (mask: number): number => {
      const arms = [0, 1].map((arm) => value.filter((_, i) => ((mask >> i) & 1) === arm));
      const [without, withIt] = arms.map((own) => own.reduce((sum, x) => sum + x, 0) / own.length) as [number, number];
      return Math.abs(withIt - without);
    };
    // With arms of one size the studentised effect orders assignments as the effect does.
    const all = [...Array(256).keys()].filter(
      (mask) => [...mask.toString(2)].filter((bit) => bit === '1').length === 4,
    );
    const seen = far(treated.reduce((mask, one, i) => mask | (one << i), 0));
    const exact = all.filter((mask) => far(mask) >= seen - 1e-9).length / all.length;
    expect(Math.abs(randomisationP - exact)).toBeLessThan(4 * Math.sqrt((exact * (1 - exact)) / 4_000));
  });

  test('a relative effect is of the control with regions and periods alike in both arms', () => {
    const value = Float64Array.of(10, 12, 10, 12, 20, 24, 20, 24);
    const treated = Uint8Array.of(0, 1, 0, 1, 0, 1, 0, 1);
    const none = new Int32Array(8);
    const effect = cellEffect({ value, treated, region: none, season: none }, 0.05, REDEALING);
    expect([effect.controlMean, effect.treatedMean]).toEqual([15, 18]);
    expect(effect.relative).toBeCloseTo(0.2, 12);
    expect(effect.relativeStandardError).toBeCloseTo((effect.standardError * 16.5) / 225, 12);
  });

  test('seasons by what is there', () => {
    const season = (world: World): string => cellResult(lived(3, world), OPTIONS).season;
    expect(season({ regions: 4, periods: 12, effect: 0 })).toBe('period');
    expect(season({ regions: 2, periods: 36, effect: 0 })).toBe('time-of-day');
    expect(season({ regions: 1, periods: 42, effect: 0, periodHours: 24 })).toBe('day-of-week');
    expect(season({ regions: 1, periods: 40, effect: 0, periodHours: 5 })).toBe('none');
  });

  test('periods that were not lived as a whole count for ratios, not for sums a cell', () => {
    const data = lived(3, { regions: 2, periods: 36, effect: 0 });
    const both = ['sum:kind=mean,num=decisions', 'ratio:kind=ratio,num=orders,den=decisions'].map(parseMetric);
    const among = (taken: (cell: number) => boolean): CellData => {
      const cells = [...data.region.keys()].filter(taken);
      const columns = Object.entries(data.columns).map(([name, values]) => [name, values.filter((_, i) => taken(i))]);
      return {
        ...data,
        region: cells.map((i) => data.region[i]!),
        period: data.period.filter((_, i) => taken(i)),
        variant: cells.map((i) => data.variant[i]!),
        columns: Object.fromEntries(columns),
        metrics: both,
      };
    };
    const inside = cellResult(
      among((i) => data.period[i] !== 0 && data.period[i] !== 35),
      OPTIONS,
    ).metrics[0]!;
    const all = cellResult({ ...data, metrics: both }, OPTIONS).metrics[1]!;
    const { metrics, checks } = cellResult({ ...data, metrics: both, partial: new Set([0, 35]) }, OPTIONS);
    expect(metrics[0]!.effects).toEqual(inside.effects);
    expect(metrics[0]!.arms.reduce((sum, { units }) => sum + units, 0)).toBe(68);
    expect(metrics[1]!.effects).toEqual(all.effects);
    expect(checks.map(({ message }) => message)).toContain(
      'periods that began before the experiment or are not over, left out of sum: 2',
    );
    // Regions are compared within each period: what is missing is missing in all of them.
    const within = { ...lived(3, { regions: 6, periods: 36, effect: 0 }), metrics: both };
    expect(cellResult({ ...within, partial: new Set([0]) }, OPTIONS)).toEqual(cellResult(within, OPTIONS));
  });

  test('too few cells, and metrics that cells have not, are refused', () => {
    const few = lived(1, { regions: 2, periods: 4, effect: 0 });
    expect(() => cellResult(few, OPTIONS)).toThrow(/has [0-4] cells of region × period, of 5 needed/);
    const data = lived(1, { regions: 4, periods: 12, effect: 0 });
    const withMetric = (text: string) => () => cellResult({ ...data, metrics: [parseMetric(text)] }, OPTIONS);
    expect(withMetric('x:kind=proportion,num=orders')).toThrow('kind=ratio and kind=mean, not proportion');
    expect(withMetric('x:kind=mean,num=orders,cap=.9')).toThrow('neither cap, covariate nor stratum');
    expect(withMetric('x:kind=ratio,num=orders,den=wishes')).toThrow('no column "wishes"; they have decisions, orders');
  });

  test('arms that are not of the size that they were to have are not trusted', () => {
    const data = lived(1, { regions: 4, periods: 12, effect: 5 });
    const [old, dealt] = data.variants as [CellData['variants'][number], CellData['variants'][number]];
    const uneven = [
      { ...old, weight: 0.9 },
      { ...dealt, weight: 0.1 },
    ];
    expect(cellResult(data, OPTIONS).decision).toMatchObject({ verdict: 'ship', variant: 'new' });
    expect(cellResult({ ...data, variants: uneven }, OPTIONS).decision.verdict).toBe('do-not-trust');
  });
});
