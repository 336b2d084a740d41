/** What labels tell: gradients against the likelihood derived numerically, and what is refused. */
import { describe, expect, test } from 'vitest';
import { gradientOf, type Observation, requireObservations, UNKNOWN } from './observation.ts';

const HEADS = ['click'];

describe('an observation', () => {
  test.each([
    { label: 0, seen: 1, offset: 0 },
    { label: 1, seen: 1, offset: 0 },
    { label: 0, seen: 0.3, offset: 0 },
    { label: 1, seen: 0.3, offset: 0 },
    { label: 0, seen: 0.6, offset: 2.3 },
    { label: 1, seen: 1, offset: -1.2 },
  ])('has the gradient of −ln P(label) at $label, seen $seen, offset $offset', ({ label, seen, offset }) => {
    const gradient = gradientOf({
      labels: Uint8Array.of(label),
      seen: Float32Array.of(seen),
      offsets: Float32Array.of(offset),
    });
    const loss = (z: number): number => {
      const p = seen / (1 + Math.exp(-(z + offset)));
      return -Math.log(label === 1 ? p : 1 - p);
    };
    for (const z of [-3, -0.4, 0, 1.7]) expect(gradient(0, z)).toBeCloseTo((loss(z + 1e-5) - loss(z - 1e-5)) / 2e-5, 5);
  });

  test('is weighed, and silent where nothing is known', () => {
    const gradient = gradientOf({ labels: Uint8Array.of(1, UNKNOWN), weights: Float32Array.of(3, 3) });
    expect(gradient(0, 0)).toBe(-1.5);
    expect(gradient(1, 0)).toBe(0);
  });

  test.each<[string, Observation[], RegExp]>([
    ['of other heads', [], /labels for 0 heads, but the model predicts click/],
    ['of other rows', [{ labels: Uint8Array.of(0, 1, 1) }], /3 labels for 2 examples/],
    ['of one class', [{ labels: Uint8Array.of(0, UNKNOWN) }], /click has 0 examples of label 1 and 1 of label 0/],
    ['with a strange label', [{ labels: Uint8Array.of(0, 7) }], /label of example 2 for click is 7/],
    [
      'seen with a chance of 0',
      [{ labels: Uint8Array.of(0, 1), seen: Float32Array.of(1, 0) }],
      /share seen .* example 2 is 0/,
    ],
    ['weighed by NaN', [{ labels: Uint8Array.of(0, 1), weights: Float32Array.of(Number.NaN, 1) }], /example 1 is NaN/],
  ])('%s is refused', (_, observations, message) => {
    expect(() => requireObservations(2, HEADS, observations)).toThrow(message);
  });
});
