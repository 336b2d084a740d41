import { expect, test } from 'vitest';
import { mixturePValue, mixtureSequence, sequenceInformation, sequenceReach } from './confidence-sequence.ts';
import { normalQuantile } from './distributions.ts';

const TUNED = { alpha: 0.05, tunedAt: 5_000 };

test('is tightest where it is tuned, relative to an interval for one look', () => {
  const reaches = [1_000, 3_000, 5_000, 8_000, 50_000].map((units) => sequenceReach(units, TUNED));
  expect(Math.min(...reaches)).toBe(reaches[2]);
  expect(reaches[2]! / -normalQuantile(0.025)).toBeCloseTo(1.55, 2);
});

/** The interval is the effects that the test does not reject: at its border p is α. */
test('the interval of mSPRT is what its p-value does not reject', () => {
  const effect = { absolute: 0.3, standardError: 0.11 };
  const [low] = mixtureSequence(effect, 0.2, 0.05);
  const information = (0.2 / 0.11) ** 2;
  expect(mixturePValue({ absolute: 0.3 - low, standardError: 0.11 }, information)).toBeCloseTo(0.05, 12);
  const units = 700;
  const reach = sequenceReach(units, TUNED);
  expect(mixturePValue({ absolute: reach, standardError: 1 }, sequenceInformation(units, TUNED))).toBeCloseTo(0.05, 12);
});

/** Ville's inequality holds with equality in the limit of endless looks at Brownian motion: the likelihood ratio by quadrature. */
test('the p-value is one over the normal mixture of likelihood ratios', () => {
  const [z, information] = [1.7, 4];
  const steps = 20_000;
  let ratio = 0;
  for (let i = 0; i < steps; i++) {
    const u = -12 + (24 * (i + 0.5)) / steps;
    const effect = u * Math.sqrt(information);
    const density = Math.exp(-0.5 * u * u) / Math.sqrt(2 * Math.PI);
    ratio += density * Math.exp(z * effect - 0.5 * effect * effect) * (24 / steps);
  }
  expect(1 / ratio).toBeCloseTo(mixturePValue({ absolute: z, standardError: 1 }, information), 6);
});
