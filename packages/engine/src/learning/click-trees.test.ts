/** Trees for clicks: the contract, with categories as encodings and as columns of their values. */
import { expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { clickTreesLearner, DEFAULT_CLICK_TREES, trainClickTrees } from './click-trees.ts';
import type { LabelledExamples } from './examples.ts';
import { learnerContract } from './learner.contract.ts';
import { logLossOf } from './log-loss.ts';
import { sigmoid } from './logistic.ts';

const boosting = { ...DEFAULT_CLICK_TREES.boosting, rounds: 60, rate: 0.1 };
const { features } = DEFAULT_CLICK_TREES;

learnerContract(clickTreesLearner({ boosting, features, bags: 2 }));

const byValue = clickTreesLearner({
  boosting,
  features: { ...features, targets: false, counts: false, oneHot: true },
  bags: 1,
});
learnerContract({ ...byValue, name: 'boosted trees on single values' });

/** Clicks where two numbers have the same sign, nine times in ten; neither tells anything alone. */
function signs(rows: number, seed: number): LabelledExamples {
  const rng = new Rng(seed);
  const [a, b] = [new Float32Array(rows), new Float32Array(rows)];
  const labels = new Uint8Array(rows);
  for (let row = 0; row < rows; row++) {
    a[row] = rng.normal();
    b[row] = rng.normal();
    labels[row] = a[row]! * b[row]! > 0 === rng.unit() < 0.9 ? 1 : 0;
  }
  const numbers = [
    { name: 'a', values: a },
    { name: 'b', values: b },
  ];
  return { rows, numbers, categories: [], labels };
}

test('of few columns a tree sees all, and so what two tell only together', () => {
  const fresh = signs(2000, 2);
  const out = new Float64Array(fresh.rows);
  trainClickTrees(signs(2000, 1), { boosting, features, bags: 1 }).score(fresh, out);
  // Chance has .693, the truth .325.
  expect(logLossOf(fresh.labels, out.map(sigmoid))).toBeLessThan(0.4);
});
