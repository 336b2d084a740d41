/** The blend: the contract, and that its parts are weighed by what they know. */
import { describe, expect, test } from 'vitest';
import { BLEND_STEPS, clickBlendLearner, FEATURE_SETS, trainBlend, treeExamples, treesOptions } from './click-blend.ts';
import { clickWorld } from './click-world.fixture.ts';
import type { LabelledExamples } from './examples.ts';
import { learnerContract } from './learner.contract.ts';

const EFFORT = {
  folds: 3,
  foldsRun: 2,
  bags: 1,
  rate: 0.2,
  roundsMax: 40,
  epochsMax: 3,
  leaves: [4, 8],
  alphas: [0.1],
};

learnerContract(clickBlendLearner(EFFORT));

describe('the blend', () => {
  test('of many examples trees learn from a sample with the same share of positives, and all where positives are few', () => {
    const { examples } = clickWorld(9000, 4);
    const share = ({ labels }: LabelledExamples): number =>
      labels.reduce((sum, label) => sum + label, 0) / labels.length;
    const few = treeExamples(examples, { ...EFFORT, treeRows: { all: 2500, each: 500 } }, 1);
    expect(few.rows).toBe(2250);
    expect(share(few)).toBeCloseTo(share(examples), 3);
    expect(
      treesOptions(few, { ...EFFORT, treeRows: { all: 2500, each: 500 } }, FEATURE_SETS[0], 1).boosting.rowShare,
    ).toBe(500 / 2250);
    const rare = { ...examples, labels: examples.labels.map((label, row) => (row < 300 ? label : 0)) };
    expect(treeExamples(rare, { ...EFFORT, treeRows: { all: 2500, each: 500 } }, 1)).toBe(rare);
  });

  test('tells what it chose; weights are not negative and about one in all', () => {
    let steps = 0;
    const onStep = (): void => {
      steps++;
    };
    const { choice } = trainBlend(clickWorld(3000, 3).examples, { seed: 1, effort: EFFORT, onStep });
    expect(steps).toBe(BLEND_STEPS);
    const sum = choice.weights.reduce((total, weight) => total + weight, 0);
    expect(choice.trees.map(({ features }) => features)).toEqual(['targets and counts', 'values']);
    expect(Math.min(...choice.weights)).toBeGreaterThanOrEqual(0);
    expect(sum).toBeGreaterThan(0.7);
    expect(sum).toBeLessThan(1.3);
  });
});
