/** Stacking: weights of a known mixture, and of models that tell nothing. */
import { describe, expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { sigmoid } from './logistic.ts';
import { applyStack, fitStack, fitStackWary } from './stacking.ts';

const ROWS = 20_000;
const rng = new Rng(1);
const normal = (): Float64Array => Float64Array.from({ length: ROWS }, () => rng.normal());
const [a, b, noise, contrary] = [normal(), normal(), normal(), normal()];
const labels = Uint8Array.from(a, (x, row) =>
  rng.unit() < sigmoid(-1 + 0.7 * x + 0.3 * b[row]! - 0.1 * contrary[row]!) ? 1 : 0,
);

describe('stacking', () => {
  test('finds the weights and the bias of a known mixture', () => {
    const { bias, weights } = fitStack([a, b], labels, 0.01);
    expect(Math.abs(bias + 1)).toBeLessThan(0.06);
    expect(Math.abs(weights[0]! - 0.7)).toBeLessThan(0.06);
    expect(Math.abs(weights[1]! - 0.3)).toBeLessThan(0.06);
  });

  test('a model that tells nothing, or the contrary, gets next to nothing', () => {
    const { weights } = fitStack([a, b, noise, contrary], labels, 0.01);
    expect(Math.abs(weights[2]!)).toBeLessThan(0.06);
    expect(weights[3]).toBe(0);
    expect(Math.min(...weights)).toBeGreaterThanOrEqual(0);
  });

  test('a strong prior means equal shares of models that are alike', () => {
    const { weights } = fitStack([a, a, a], labels, 1e9);
    for (const weight of weights) expect(weight).toBeCloseTo(1 / 3, 3);
  });

  test('of few rows, a model that tells nothing has less than half of an equal share beside one that tells', () => {
    const first = (scores: Float64Array): Float64Array => scores.subarray(0, 150).map((x) => 2 * x);
    const told = Uint8Array.from(first(a), (x) => (rng.unit() < sigmoid(x) ? 1 : 0));
    const { weights } = fitStackWary([first(a), first(noise), first(b)], told);
    expect(weights[0]).toBeGreaterThan(0.8);
    expect(weights[1]! + weights[2]!).toBeLessThan(0.2);
  });

  test('the stacked log-odds are the weighted sum', () => {
    const out = new Float64Array(2);
    applyStack({ bias: 1, weights: Float64Array.of(2, 3) }, [Float64Array.of(1, 0), Float64Array.of(0, 1)], out);
    expect([...out]).toEqual([3, 4]);
  });
});

test('the last model is left out where the others tell as much, and taken where it tells more', () => {
  expect(fitStackWary([a, a], labels).weights[1]).toBe(0);
  expect(fitStackWary([a, b], labels).weights[1]).toBeGreaterThan(0.2);
});
