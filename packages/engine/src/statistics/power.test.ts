import { expect, test } from 'vitest';
import { randomEffects } from './meta-analysis.ts';
import { detectableEffect, unitsNeeded } from './power.ts';

/** statsmodels 0.15.0: NormalIndPower().solve_power, which searches to about 2e-6; nobs1 is the first sample, ratio the second's size over it. */
test('detectable effects and units', () => {
  const terms = { alpha: 0.05, power: 0.8, share: 0.5 };
  expect(detectableEffect(1, 10_000, terms)).toBeCloseTo(0.056029829945018796, 5);
  expect(detectableEffect(1, 8_000, { alpha: 0.01, power: 0.9, share: 0.25 })).toBeCloseTo(0.09959710536531653, 5);
  expect(unitsNeeded(1, 0.05, terms) / 2).toBeCloseTo(6279.088407460959, 1);
});

/** Thirteen trials of BCG vaccine against tuberculosis (Colditz et al. 1994), log relative risks and variances. */
const BCG = [
  [-0.8893, 0.3256],
  [-1.5854, 0.1946],
  [-1.3481, 0.4154],
  [-1.4416, 0.02],
  [-0.2175, 0.0512],
  [-0.7861, 0.0069],
  [-1.6209, 0.223],
  [0.012, 0.004],
  [-0.4694, 0.0564],
  [-1.3713, 0.073],
  [-0.3394, 0.0124],
  [0.4459, 0.5325],
  [-0.0173, 0.0714],
] as const;
const EFFECTS = BCG.map(([effect]) => effect);
const ERRORS = BCG.map(([, variance]) => Math.sqrt(variance));

/** statsmodels 0.15.0: combine_effects(effect, variance, method_re='iterated'), which is Paule and Mandel's. */
test('random effects of the BCG trials', () => {
  const { mean, standardError, spread, prior, posteriors } = randomEffects(EFFECTS, ERRORS);
  expect(spread ** 2).toBeCloseTo(0.3180824398739576, 5);
  expect(mean).toBeCloseTo(-0.7149703054400063, 5);
  expect(standardError).toBeCloseTo(0.18089453337123543, 5);
  expect(prior.sd).toBeCloseTo(Math.sqrt(0.31808 + 0.1809 ** 2), 4);
  for (const [i, posterior] of posteriors.entries()) {
    expect(Math.abs(posterior.mean - mean)).toBeLessThan(Math.abs(EFFECTS[i]! - mean));
  }
});

test('effects that differ by chance only have no spread; one experiment, or one without an error, is no past', () => {
  const { spread, mean, posteriors } = randomEffects([0.1, 0.12, 0.08], [0.1, 0.1, 0.1]);
  expect(spread).toBe(0);
  expect(mean).toBeCloseTo(0.1, 12);
  expect(posteriors[1]!.mean).toBeCloseTo(0.1, 12);
  expect(() => randomEffects([0.1], [0.1])).toThrow('1 past experiments');
  expect(() => randomEffects([0.1, 0.2], [0.1, 0])).toThrow('standard error of experiment 2 is 0');
});
