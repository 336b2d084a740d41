/** Welch, CUPED, ratios and strata on 40 made-up units, against scipy.stats 1.17.1 and statsmodels 0.15.0 on the same numbers. */
import { describe, expect, test } from 'vitest';
import { type AdjustedMeans, adjustedMeans } from './adjusted-means.ts';
import { contrast } from './contrast.ts';
import { type Moments, mergedMoments, momentsOf } from './moments.ts';

const UNITS = Array.from({ length: 40 }, (_, i) => {
  const round = (x: number): number => Math.round(x * 1000) / 1000;
  const arm = i % 2;
  const before = round(10 + 5 * Math.sin(i * 1.7) + (i % 7));
  const outcome = round(2 + 0.8 * before + 1.5 * arm + 2 * Math.cos(i * 2.3) * (1 + arm));
  return { arm, before, outcome, visits: round(3 + (i % 5) + Math.sin(i)), stratum: Math.floor(i / 4) % 3 };
});
type Field = 'before' | 'outcome' | 'visits';
const of = (fields: readonly Field[], arm: number, stratum?: number): Moments => {
  const units = UNITS.filter((unit) => unit.arm === arm && (stratum === undefined || unit.stratum === stratum));
  return momentsOf(fields.map((field) => Float64Array.from(units, (unit) => unit[field])));
};
const arms = (...fields: Field[]): Moments[][] => [[of(fields, 0)], [of(fields, 1)]];
const welch = ({ arms: [control, treatment], shared }: AdjustedMeans) =>
  contrast({ ...treatment!, df: treatment!.units - 1 }, { ...control!, df: control!.units - 1 }, 0.05, shared);
const MEAN = { ratio: false, covariates: 0, covariateRatio: false };

describe('a mean', () => {
  test("has Welch's interval, as scipy.stats.ttest_ind(equal_var=False)", () => {
    const { absolute, df, p, ci } = welch(adjustedMeans(arms('outcome'), MEAN));
    expect(absolute).toBeCloseTo(1.21325, 9);
    expect(df).toBeCloseTo(34.456943236846115, 8);
    expect(p).toBeCloseTo(0.38106098676226774, 9);
    expect(ci[0]).toBeCloseTo(-1.5641356520136598, 8);
    expect(ci[1]).toBeCloseTo(3.990635652013657, 8);
  });

  test('adjusted by a covariate is what OLS gives (statsmodels), and by two', () => {
    const one = adjustedMeans(arms('outcome', 'before'), { ...MEAN, covariates: 1 });
    expect(welch(one).absolute).toBeCloseTo(1.2807745669079669, 9);
    expect(one.theta[0]).toBeCloseTo(0.8179838510959568, 9);
    const two = adjustedMeans(arms('outcome', 'before', 'visits'), { ...MEAN, covariates: 2 });
    expect(welch(two).absolute).toBeCloseTo(1.28360549, 7);
    expect(Array.from(two.theta)[1]).toBeCloseTo(-0.06606528, 7);
  });

  test('a covariate given twice, or a constant one, adds nothing', () => {
    const twice = adjustedMeans(arms('outcome', 'before', 'before'), { ...MEAN, covariates: 2 });
    expect(welch(twice).absolute).toBeCloseTo(1.2807745669079669, 9);
    const constant = [0, 1].map((arm) => {
      const { length } = UNITS.filter((unit) => unit.arm === arm);
      const outcome = Float64Array.from(
        UNITS.filter((unit) => unit.arm === arm),
        (unit) => unit.outcome,
      );
      return [momentsOf([outcome, new Float64Array(length).fill(7)])];
    });
    const none = adjustedMeans(constant, { ...MEAN, covariates: 1 });
    expect([...none.theta]).toEqual([0]);
    expect(welch(none).absolute).toBeCloseTo(1.21325, 9);
  });

  test('post-stratified: the weighted difference of the strata and its standard error', () => {
    const strata = [0, 1].map((arm) => [0, 1, 2].map((stratum) => of(['outcome'], arm, stratum)));
    const { absolute, standardError } = welch(adjustedMeans(strata, MEAN));
    expect(absolute).toBeCloseTo(1.2132499999999993, 9);
    expect(standardError).toBeCloseTo(1.4467393334914997, 9);
  });

  test('strata with too few units are joined', () => {
    const lonely = Float64Array.of(5);
    const strata = [0, 1].map((arm) => [of(['outcome'], arm), momentsOf([lonely])]);
    const { weights, arms: adjusted } = adjustedMeans(strata, MEAN);
    expect([...weights]).toEqual([1]);
    expect(adjusted.map(({ units }) => units)).toEqual([21, 21]);
  });
});

describe('a ratio', () => {
  const RATIO = { ...MEAN, ratio: true };

  test("has the delta method's interval: Welch's of the linearised values (scipy)", () => {
    const { arms: both, ...rest } = adjustedMeans(arms('outcome', 'visits'), RATIO);
    expect(both.map(({ mean }) => mean)).toEqual([
      expect.closeTo(2.49970547418656, 10),
      expect.closeTo(2.719457372017031, 10),
    ]);
    const { ci } = welch({ arms: both, ...rest });
    expect(ci[0]).toBeCloseTo(-0.5711027414801318, 8);
    expect(ci[1]).toBeCloseTo(1.0106065371410744, 8);
  });

  test('is adjusted like a mean, once linearised (statsmodels)', () => {
    const adjusted = adjustedMeans(arms('outcome', 'visits', 'before'), { ...RATIO, covariates: 1 });
    expect(welch(adjusted).absolute).toBeCloseTo(0.232468684387638, 9);
  });

  test('of sums to counts is the mean', () => {
    const ones = UNITS.filter(({ arm }) => arm === 0).map(() => 1);
    const outcome = Float64Array.from(
      UNITS.filter(({ arm }) => arm === 0),
      (unit) => unit.outcome,
    );
    const moments = momentsOf([outcome, Float64Array.from(ones)]);
    const mean = momentsOf([outcome]);
    const [ratio, plain] = [adjustedMeans([[moments]], RATIO).arms[0]!, adjustedMeans([[mean]], MEAN).arms[0]!];
    expect(ratio.mean).toBeCloseTo(plain.mean, 12);
    expect(ratio.variance).toBeCloseTo(plain.variance, 12);
  });
});

test('moments of parts, merged, are the moments of the whole', () => {
  const whole = momentsOf([
    Float64Array.from(UNITS, ({ outcome }) => outcome),
    Float64Array.from(UNITS, ({ before }) => before),
  ]);
  const parts = [0, 1].flatMap((arm) => [0, 1, 2].map((stratum) => of(['outcome', 'before'], arm, stratum)));
  const merged = mergedMoments(parts);
  expect(merged.units).toBe(40);
  for (const [i, value] of whole.covariance.entries()) expect(merged.covariance[i]).toBeCloseTo(value, 10);
});
