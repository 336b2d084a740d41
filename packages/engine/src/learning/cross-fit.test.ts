/** Trees are made bolder where a label is told plainly, and left as they are where it is mostly chance. */
import { expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { DEFAULT_CLICK_TREES } from './click-trees.ts';
import { chooseTrees, partsOf } from './cross-fit.ts';
import type { LabelledExamples } from './examples.ts';
import { sigmoid } from './logistic.ts';

const COLUMNS = 12;
const LEAVES = [4];

/** Six pairs of columns, each of which adds its strength where its signs are the same. */
function pairs(rows: number, strength: number): LabelledExamples {
  const rng = new Rng(1);
  const columns = Array.from({ length: COLUMNS }, () => Float32Array.from({ length: rows }, () => rng.normal()));
  const labels = Uint8Array.from({ length: rows }, (_, row) => {
    let logit = 0;
    for (let i = 0; i < COLUMNS; i += 2) logit += columns[i]![row]! * columns[i + 1]![row]! > 0 ? strength : -strength;
    return rng.unit() < sigmoid(logit) ? 1 : 0;
  });
  return { rows, labels, categories: [], numbers: columns.map((values, i) => ({ name: `n${i}`, values })) };
}

const chosenFor = (strength: number) => {
  const parts = partsOf(pairs(2000, strength), 2, 2, 1);
  const boosting = { ...DEFAULT_CLICK_TREES.boosting, rate: 0.1, rounds: 60 };
  return chooseTrees(parts, { ...DEFAULT_CLICK_TREES, boosting, bags: 1 }, LEAVES).options.boosting;
};

test('what is told plainly: larger trees and larger steps', () => {
  const { leavesMax, rate } = chosenFor(3);
  expect(leavesMax).toBeGreaterThan(LEAVES[0]!);
  expect(rate).toBeGreaterThan(0.1);
});

test('what is chance: as they were', () => {
  expect(chosenFor(0)).toMatchObject({ leavesMax: 4, rate: 0.1, l2: 5, columnShare: 0.3 });
});
