import { expect, test } from 'vitest';
import { adjustedPValues } from './multiple-testing.ts';
import { expectedShortfall, normalPosterior, probabilityAboveZero } from './normal-posterior.ts';
import { independenceP, sampleRatio } from './sample-ratio.ts';

const P = [0.01, 0.04, 0.03, 0.005, 0.2];
const near = (values: readonly number[]): unknown[] => values.map((value) => expect.closeTo(value, 12));

/** statsmodels 0.15.0: multipletests(p, method='holm') and 'fdr_bh'. */
test('Holm and Benjamini–Hochberg', () => {
  expect(adjustedPValues(P, 'holm')).toEqual(near([0.04, 0.09, 0.09, 0.025, 0.2]));
  expect(adjustedPValues(P, 'bh')).toEqual(near([0.025, 0.05, 0.05, 0.025, 0.2]));
  expect(adjustedPValues([], 'holm')).toEqual([]);
});

/** Fabijan et al. 2019 give 821,588 against 815,482 users as a mismatch. χ² by hand: d² / (2 n), one degree of freedom. */
test('sample ratio', () => {
  const { p, chiSquare } = sampleRatio([821_588, 815_482], [0.5, 0.5]);
  expect(chiSquare).toBeCloseTo(6_106 ** 2 / 1_637_070, 9);
  expect(p).toBeLessThan(2e-6);
  expect(sampleRatio([50, 25, 25], [2, 1, 1]).p).toBe(1);
});

test('posteriors: a flat prior leaves the estimate, a sharp one itself; the loss by quadrature', () => {
  expect(normalPosterior({ mean: 0, sd: Number.POSITIVE_INFINITY }, 0.3, 0.1)).toEqual({
    mean: 0.3,
    sd: expect.closeTo(0.1, 12),
  });
  const half = normalPosterior({ mean: 0, sd: 0.1 }, 0.3, 0.1);
  expect(half.mean).toBeCloseTo(0.15, 12);
  expect(half.sd).toBeCloseTo(0.1 / Math.SQRT2, 12);
  let [loss, above] = [0, 0];
  for (let i = 0; i < 40_000; i++) {
    const z = -8 + (16 * (i + 0.5)) / 40_000;
    const weight = (Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI)) * (16 / 40_000);
    const effect = half.mean + half.sd * z;
    if (effect > 0) above += weight;
    else loss -= effect * weight;
  }
  expect(expectedShortfall(half)).toBeCloseTo(loss, 8);
  expect(probabilityAboveZero(half)).toBeCloseTo(above, 4);
});

/** scipy 1.17.1: stats.chi2_contingency([[30, 50], [60, 40], [20, 25]], correction=False). */
test('independence of parts and arms, with parts that are too small left out', () => {
  const counts = [
    [30, 50],
    [60, 40],
    [20, 25],
  ];
  expect(independenceP(counts)).toBeCloseTo(0.008874659274454607, 10);
  expect(independenceP([...counts, [3, 0]])).toBeCloseTo(0.008874659274454607, 10);
  expect(independenceP([[5, 9]])).toBe(1);
});
