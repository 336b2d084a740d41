/** When an effect may be told in per cent of the control: against the exact condition of Fieller's interval, and on data of either sign. */
import { describe, expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { adjustedMeans } from './adjusted-means.ts';
import { contrast, type Estimate } from './contrast.ts';
import { studentQuantile } from './distributions.ts';
import { momentsOf } from './moments.ts';

const ALPHA = 0.05;
const PLAIN = { ratio: false, covariates: 0, covariateRatio: false };

function estimates(arms: readonly (readonly number[])[]): [Estimate, Estimate] {
  const adjusted = adjustedMeans(
    arms.map((values) => [momentsOf([Float64Array.from(values)])]),
    PLAIN,
  );
  const [control, treatment] = adjusted.arms.map((arm) => ({ ...arm, df: Math.max(1, arm.units - 1) }));
  return [control!, treatment!];
}

/** Whether ratios ρ far out, of either sign, are as good as the estimate: (t − ρ c)² ≤ q² (v_t + ρ² v_c + (1 − ρ)² v_s). */
function reachesFarOut([control, treatment]: readonly [Estimate, Estimate], quantile: number, shared: number): boolean {
  const holds = (ratio: number): boolean => {
    const variance = treatment.variance + ratio ** 2 * control.variance + (1 - ratio) ** 2 * shared;
    return (treatment.mean - ratio * control.mean) ** 2 <= quantile ** 2 * variance;
  };
  return holds(1e9) && holds(-1e9);
}

describe('the relative interval', () => {
  test("is there where Fieller's has bounds, and only there", () => {
    const rng = new Rng(11);
    let bounded = 0;
    for (let trial = 0; trial < 2_000; trial++) {
      const control = { mean: 2 * rng.normal(), variance: rng.unit(), df: 3 + rng.below(40) };
      const treatment = { mean: 2 * rng.normal(), variance: rng.unit(), df: 3 + rng.below(40) };
      const shared = rng.unit() < 0.5 ? 0 : rng.unit();
      const { relativeCi, df } = contrast(treatment, control, ALPHA, shared);
      const far = reachesFarOut([control, treatment], studentQuantile(1 - ALPHA / 2, df), shared);
      expect(relativeCi === undefined).toBe(far);
      if (!far) bounded++;
    }
    expect(bounded).toBeGreaterThan(300);
    expect(bounded).toBeLessThan(1_700);
  });

  test('that there is holds the true ratio as often as it says, where the control is well told from zero', () => {
    const rng = new Rng(12);
    let held = 0;
    const trials = 4_000;
    for (let trial = 0; trial < trials; trial++) {
      const at = (mean: number): Estimate => ({ mean: mean + rng.normal(), variance: 1, df: 1e6 });
      const [low, high] = contrast(at(24), at(20), ALPHA).relativeCi!;
      if (low <= 0.2 && 0.2 <= high) held++;
    }
    expect(held / trials).toBeGreaterThan(0.94);
    expect(held / trials).toBeLessThan(0.965);
  });
});

describe('the relative effect', () => {
  test.each([1, 2, 3])('of data without negative values is always there, however few they are (seed %i)', (seed) => {
    const rng = new Rng(seed);
    for (let trial = 0; trial < 1_000; trial++) {
      // Tiny arms, mostly of zeros, with a tail as heavy as revenue has.
      const draw = (): number => (rng.unit() < 0.7 ? 0 : Math.exp(3 * rng.normal()));
      const arm = (): number[] => Array.from({ length: 1 + rng.below(12) }, draw);
      const control = arm();
      const { relative, relativeCi } = contrast(
        ...(estimates([control, arm()]).reverse() as [Estimate, Estimate]),
        ALPHA,
      );
      if (control.every((value) => value === 0)) expect(relative).toBeUndefined();
      else expect(relative).toBeTypeOf('number');
      if (relativeCi !== undefined) expect(relative).toBeTypeOf('number');
    }
  });

  test('of noise around zero is not, where it would be some thousand per cent', () => {
    const noise = [1, -1, 2, -2, 3, -3, 4, -3.99];
    const [control, treatment] = estimates([noise, noise.map((value) => value + 1)]);
    const { absolute, ci, relative, relativeCi } = contrast(treatment, control, ALPHA);
    expect(absolute).toBeCloseTo(1, 12);
    expect(ci[0]).toBeLessThan(1);
    expect(absolute / control.mean).toBeGreaterThan(500);
    expect(relative).toBeUndefined();
    expect(relativeCi).toBeUndefined();
  });
});
