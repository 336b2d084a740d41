/** Means of values that come in clusters, against what is known of them. */
import { expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { clusteredMean, skewedMean } from './skewed-mean.ts';

test('values that come twice tell as much as those that come once', () => {
  const rng = new Rng(1);
  const once = Float64Array.from({ length: 200 }, () => Math.exp(rng.normal()));
  const twice = Float64Array.from({ length: 400 }, (_, i) => once[i % 200]!);
  const clusters = Int32Array.from({ length: 400 }, (_, i) => i % 200);
  const [alone, together] = [skewedMean(once, 0.05), clusteredMean(twice, clusters, 0.05)];
  expect(together.mean).toBeCloseTo(alone.mean, 12);
  expect(together.standardError).toBeCloseTo(alone.standardError, 12);
  expect(together.ci[0]).toBeCloseTo(alone.ci[0], 9);
  // Taken for 400 values, they would promise too much.
  expect(skewedMean(twice, 0.05).standardError).toBeLessThan(0.75 * alone.standardError);
  expect(clusteredMean(twice, undefined, 0.05)).toEqual(skewedMean(twice, 0.05));
});

test('clusters of unequal size: intervals hold the mean as often as they say (seeds 0 to 399)', () => {
  let [held, heldAlone] = [0, 0];
  for (let seed = 0; seed < 400; seed++) {
    const rng = new Rng(seed);
    const values: number[] = [];
    const clusters: number[] = [];
    for (let cluster = 0; cluster < 80; cluster++) {
      const level = rng.normal();
      for (let n = 1 + rng.below(9); n > 0; n--) {
        values.push(3 + level + rng.normal());
        clusters.push(cluster);
      }
    }
    const all = Float64Array.from(values);
    const holds = ([low, high]: readonly [number, number]): number => (low <= 3 && 3 <= high ? 1 : 0);
    held += holds(clusteredMean(all, Int32Array.from(clusters), 0.05).ci);
    heldAlone += holds(skewedMean(all, 0.05).ci);
  }
  expect(held / 400).toBeGreaterThan(0.91);
  expect(held / 400).toBeLessThan(0.98);
  expect(heldAlone / 400).toBeLessThan(0.8);
});
