/** Calibration against brute force, closed forms and a known distortion. */
import { describe, expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import {
  calibrationError,
  fitIsotonic,
  isotonicCalibration,
  plattCalibration,
  reliabilityTable,
  segmentBiases,
} from './calibration.ts';
import { logLossOf } from './log-loss.ts';
import { logitOf, sigmoid } from './logistic.ts';

/** The least squares fit of values from `levels` that does not fall, over distinct predictions, by trying all. */
function bruteIsotonic(labels: readonly number[]): number {
  const means: number[] = [];
  for (let from = 0; from < labels.length; from++)
    for (let to = from + 1; to <= labels.length; to++)
      means.push(labels.slice(from, to).reduce((sum, y) => sum + y, 0) / (to - from));
  const levels = [...new Set(means)].sort((a, b) => a - b);
  let least = Number.POSITIVE_INFINITY;
  const walk = (i: number, level: number, loss: number): void => {
    if (loss >= least) return;
    if (i === labels.length) least = loss;
    else for (let l = level; l < levels.length; l++) walk(i + 1, l, loss + (labels[i]! - levels[l]!) ** 2);
  };
  walk(0, 0, 0);
  return least;
}

describe('isotonic regression', () => {
  test.each([1, 2, 3, 4, 5, 6])('has the least squared error of all rising functions (seed %i)', (seed) => {
    const rng = new Rng(seed);
    const labels = Array.from({ length: 7 }, () => rng.below(2));
    const predictions = Float64Array.from(labels, (_, i) => i / 10);
    const { xs, ys } = fitIsotonic(predictions, Uint8Array.from(labels));
    const fitted = (x: number): number => ys[xs.findLastIndex((knot) => knot <= x)]!;
    const loss = labels.reduce((sum, y, i) => sum + (y - fitted(i / 10)) ** 2, 0);
    expect(loss).toBeCloseTo(bruteIsotonic(labels), 10);
  });

  test('equal predictions get one value, and values between knots lie between theirs', () => {
    const fit = fitIsotonic(Float64Array.of(0.2, 0.2, 0.8, 0.8), Uint8Array.of(0, 1, 1, 1));
    const calibrate = isotonicCalibration(fit);
    expect([0, 0.2, 0.5, 0.8, 1].map((x) => calibrate(x))).toEqual([0.5, 0.5, 0.625, 0.75, 0.75]);
  });

  test('is never certain, and never falls for that', () => {
    const fit = fitIsotonic(Float64Array.of(0.1, 0.2, 0.3, 0.4, 0.5), Uint8Array.of(0, 0, 1, 0, 1));
    expect(fit.ys).toEqual(Float64Array.of(0, 0, 0.5, 0.5, 1));
    expect([0.1, 0.2, 0.3, 0.5].map((x) => isotonicCalibration(fit)(x))).toEqual([1 / 4, 1 / 4, 1 / 2, 1 - 1 / 3]);
  });
});

/** Predictions whose log-odds are twice the true ones, plus 1. */
function distorted(rows: number, seed: number) {
  const rng = new Rng(seed);
  const truth = Float64Array.from({ length: rows }, () => sigmoid(rng.normal() - 1));
  const labels = Uint8Array.from(truth, (p) => (rng.unit() < p ? 1 : 0));
  return { truth, labels, predictions: truth.map((p) => sigmoid(2 * logitOf(p) + 1)) };
}

describe('calibration', () => {
  test.each([
    ['isotonic', (p: Float64Array, y: Uint8Array) => isotonicCalibration(fitIsotonic(p, y))],
    ['Platt', plattCalibration],
  ])('%s undoes a known distortion on fresh predictions', (_, fit) => {
    const known = distorted(20_000, 1);
    const fresh = distorted(20_000, 2);
    const calibrated = fresh.predictions.map(fit(known.predictions, known.labels));
    expect(logLossOf(fresh.labels, calibrated)).toBeLessThan(logLossOf(fresh.labels, fresh.truth) + 0.002);
    const error = (p: Float64Array): number => calibrationError(reliabilityTable(p, fresh.labels, 20));
    expect(error(fresh.predictions)).toBeGreaterThan(0.05);
    expect(error(calibrated)).toBeLessThan(0.015);
  });

  test('Platt finds the slope and the shift', () => {
    const { predictions, labels } = distorted(50_000, 3);
    const calibrate = plattCalibration(predictions, labels);
    for (const logit of [-3, -1, 1, 3])
      expect(Math.abs(logitOf(calibrate(sigmoid(logit))) - (logit - 1) / 2)).toBeLessThan(0.1);
  });

  test('a bias for each segment makes its mean right; a small one is held back', () => {
    const rows = 4000;
    const rng = new Rng(4);
    const segments = Int32Array.from({ length: rows }, (_, row) => (row < 3 ? 9 : row % 2));
    const predictions = Float64Array.from({ length: rows }, () => 0.1 + 0.1 * rng.unit());
    const labels = Uint8Array.from(segments, (segment) => (segment === 9 || rng.unit() < 0.1 + 0.3 * segment ? 1 : 0));
    const biases = segmentBiases(predictions, labels, segments, 1e-9);
    for (const segment of [0, 1]) {
      let predicted = 0;
      let happened = 0;
      predictions.forEach((p, row) => {
        if (segments[row] !== segment) return;
        predicted += sigmoid(logitOf(p) + biases.get(segment)!);
        happened += labels[row]!;
      });
      expect(predicted).toBeCloseTo(happened, 3);
    }
    const held = segmentBiases(predictions, labels, segments, 50);
    expect(biases.get(9)).toBeGreaterThan(10);
    expect(held.get(9)).toBeLessThan(1);
    expect(held.get(7)).toBeUndefined();
  });
});

test('the expected calibration error by hand', () => {
  const predictions = Float64Array.of(0.1, 0.2, 0.6, 0.9);
  const table = reliabilityTable(predictions, Uint8Array.of(0, 1, 1, 1), 2);
  expect(table.map(({ rows }) => rows)).toEqual([2, 2]);
  expect(table[0]!.predicted).toBeCloseTo(0.15);
  expect(calibrationError(table)).toBeCloseTo(0.5 * 0.35 + 0.5 * 0.25, 12);
  expect(calibrationError(reliabilityTable(predictions, Uint8Array.of(0, 1, 1, 1), 10))).toBeCloseTo(
    (0.1 + 0.8 + 0.4 + 0.1) / 4,
    12,
  );
});
