import { expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { clusteredQuantile } from './clustered-quantile.ts';
import { normalDensity, normalQuantile } from './distributions.ts';

/** The asymptotic standard error of a sample quantile: √(q (1 − q) / n) / f(x_q). */
test.each([0.5, 0.9])('quantile %s of independent rows has the standard error of theory (seed 5)', (q) => {
  const rng = new Rng(5);
  const rows = 40_000;
  const values = Float64Array.from({ length: rows }, () => rng.normal());
  const { mean, variance, df } = clusteredQuantile(values, Int32Array.from(values.keys()), rows, q);
  const exact = normalQuantile(q);
  const theory = Math.sqrt((q * (1 - q)) / rows) / normalDensity(exact);
  expect(df).toBe(rows - 1);
  expect(Math.abs(mean - exact)).toBeLessThan(3 * theory);
  expect(Math.abs(Math.sqrt(variance) / theory - 1)).toBeLessThan(0.1);
});

test('rows that only repeat their cluster tell no more than one row a cluster (seed 6)', () => {
  const rng = new Rng(6);
  const once = Float64Array.from({ length: 4_000 }, () => rng.normal());
  const many = Float64Array.from({ length: 20_000 }, (_, i) => once[i % 4_000]!);
  const single = clusteredQuantile(once, Int32Array.from(once.keys()), 4_000, 0.9);
  const repeated = clusteredQuantile(
    many,
    Int32Array.from(many, (_, i) => i % 4_000),
    4_000,
    0.9,
  );
  expect(Math.sqrt(repeated.variance / single.variance)).toBeCloseTo(1, 1);
});
