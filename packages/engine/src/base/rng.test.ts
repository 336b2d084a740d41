import { describe, expect, it } from 'vitest';
import { Rng } from './rng.ts';

const draw = (n: number, next: () => number): number[] => Array.from({ length: n }, next);
const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;

function variance(values: readonly number[]): number {
  const centre = mean(values);
  return mean(values.map((x) => (x - centre) ** 2));
}

describe('Rng', () => {
  // Worlds, simulations and trained models come out of these streams.
  it.each([
    [0, [947_923_937, 2_491_578_854, 3_964_400_089]],
    [1, [2_026_416_846, 1_661_539_736, 2_729_060_721]],
    [42, [656_401_615, 478_193_053, 3_278_332_503]],
    [2 ** 40 + 5, [4_124_408_974, 3_566_145_787, 727_339_143]],
  ])('draws the same numbers from seed %i for ever', (seed, expected) => {
    const rng = new Rng(seed);
    expect(draw(3, () => rng.uint32())).toEqual(expected);
  });

  it('draws another stream from a seed that differs above 32 bits only', () => {
    expect(new Rng(5).uint32()).not.toBe(new Rng(2 ** 32 + 5).uint32());
  });

  it('draws uniforms in [0, 1) and integers below n, each as often', () => {
    const rng = new Rng(7);
    const units = draw(50_000, () => rng.unit());
    expect(Math.min(...units)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...units)).toBeLessThan(1);
    expect(mean(units)).toBeCloseTo(0.5, 2);
    expect(variance(units)).toBeCloseTo(1 / 12, 2);
    const counts = new Float64Array(10);
    for (let i = 0; i < 50_000; i++) counts[rng.below(10)]!++;
    for (const count of counts) expect(Math.abs(count - 5000)).toBeLessThan(5 * Math.sqrt(5000));
    expect(rng.below(1)).toBe(0);
  });

  it('draws normals, exponentials and Poisson counts with their means and variances', () => {
    const rng = new Rng(8);
    const normals = draw(50_000, () => rng.normal());
    const exponentials = draw(50_000, () => rng.exponential());
    const counts = draw(50_000, () => rng.poisson(3));
    expect(mean(normals)).toBeCloseTo(0, 1);
    expect(variance(normals)).toBeCloseTo(1, 1);
    expect(mean(exponentials)).toBeCloseTo(1, 1);
    expect(variance(exponentials)).toBeCloseTo(1, 1);
    expect(mean(counts)).toBeCloseTo(3, 1);
    expect(variance(counts)).toBeCloseTo(3, 0);
    expect(rng.poisson(0)).toBe(0);
    expect([...normals, ...exponentials].every(Number.isFinite)).toBe(true);
  });
});
