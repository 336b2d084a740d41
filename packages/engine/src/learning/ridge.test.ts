import { describe, expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { fitRidge, type RidgeRows, residuals } from './ridge.ts';

const ROWS = 203;
const FEATURES = 5;
const OUTPUTS = 3;

function example(seed: number): { data: RidgeRows; truth: Float64Array } {
  const rng = new Rng(seed);
  const draw = (n: number) => Float64Array.from({ length: n }, () => rng.normal());
  const truth = draw(FEATURES * OUTPUTS);
  const inputs = draw(ROWS * FEATURES);
  const targets = Float64Array.from({ length: ROWS * OUTPUTS }, (_, cell) => {
    const row = Math.floor(cell / OUTPUTS);
    let sum = 0;
    for (let i = 0; i < FEATURES; i++) sum += inputs[row * FEATURES + i]! * truth[i * OUTPUTS + (cell % OUTPUTS)]!;
    return sum;
  });
  const weights = Float64Array.from({ length: ROWS }, () => 0.5 + rng.unit());
  return { truth, data: { rows: ROWS, features: FEATURES, outputs: OUTPUTS, inputs, targets, weights } };
}

describe('ridge regression', () => {
  test('finds the coefficients of targets without noise (seed 1)', () => {
    const { data, truth } = example(1);
    const found = fitRidge(data, new Float64Array(FEATURES));
    found.forEach((value, i) => {
      expect(value).toBeCloseTo(truth[i]!, 10);
    });
    expect(Math.max(...residuals(data, found).map(Math.abs))).toBeLessThan(1e-9);
  });

  test('is where the gradient of its loss vanishes (seed 2)', () => {
    const { data } = example(2);
    const rng = new Rng(3);
    const noisy = { ...data, targets: data.targets.map((value) => value + rng.normal()) };
    const penalties = Float64Array.from({ length: FEATURES }, (_, i) => 3 * (i + 1));
    const found = fitRidge(noisy, penalties);
    const left = residuals(noisy, found);
    for (let i = 0; i < FEATURES; i++) {
      for (let c = 0; c < OUTPUTS; c++) {
        let gradient = penalties[i]! * found[i * OUTPUTS + c]!;
        for (let row = 0; row < ROWS; row++)
          gradient -= data.weights[row]! * data.inputs[row * FEATURES + i]! * left[row * OUTPUTS + c]!;
        expect(gradient).toBeCloseTo(0, 9);
      }
    }
  });

  test('stays finite where a feature repeats another', () => {
    const { data } = example(4);
    const inputs = data.inputs.map((value, cell) => (cell % FEATURES === 1 ? data.inputs[cell - 1]! : value));
    expect(fitRidge({ ...data, inputs }, new Float64Array(FEATURES).fill(1e-6)).every(Number.isFinite)).toBe(true);
  });
});
