/** Metrics against their definitions: pairs counted, sums by hand, published examples. */
import { describe, expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { aucOf } from './auc.ts';
import { logLossOf } from './log-loss.ts';

describe('AUC', () => {
  test.each([1, 2, 3, 4, 5])('is the share of pairs in the right order, ties half (seed %i)', (seed) => {
    const rng = new Rng(seed);
    const labels = Uint8Array.from({ length: 60 }, () => rng.below(2));
    const scores = Float64Array.from(labels, (label) => rng.below(6) + label);
    let pairs = 0;
    let right = 0;
    for (let a = 0; a < 60; a++) {
      for (let b = 0; b < 60; b++) {
        if (labels[a] !== 1 || labels[b] !== 0) continue;
        pairs++;
        right += scores[a]! > scores[b]! ? 1 : scores[a] === scores[b] ? 0.5 : 0;
      }
    }
    expect(aucOf(labels, scores)).toBeCloseTo(right / pairs, 12);
  });

  test('is no number without both classes', () => {
    expect(aucOf(Uint8Array.of(1, 1), Float64Array.of(0.1, 0.2))).toBeNaN();
  });
});

test('log loss by hand; a wrong certainty is bad, but finite', () => {
  const loss = logLossOf(Uint8Array.of(1, 0), Float64Array.of(0.8, 0.4));
  expect(loss).toBeCloseTo(-(Math.log(0.8) + Math.log(0.6)) / 2, 12);
  expect(logLossOf(Uint8Array.of(1), Float64Array.of(0))).toBeCloseTo(-Math.log(1e-15), 9);
});
