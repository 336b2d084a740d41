/** The blend: the contract, and that its parts are weighed by what they know. */
import { describe, expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { blendSteps, clickBlendLearner, FEATURE_SETS, trainBlend, treeExamples, treesOptions } from './click-blend.ts';
import { clickWorld } from './click-world.fixture.ts';
import { categoryOf, type LabelledExamples } from './examples.ts';
import { learnerContract } from './learner.contract.ts';
import { sigmoid } from './logistic.ts';

const EFFORT = {
  folds: 3,
  foldsRun: 2,
  bags: 1,
  rate: 0.2,
  roundsMax: 40,
  epochsMax: 3,
  passesMax: 2,
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
    const { examples } = clickWorld(3000, 3);
    const { choice } = trainBlend(examples, { seed: 1, effort: EFFORT, onStep });
    expect(steps).toBe(blendSteps(examples));
    const sum = choice.weights.reduce((total, weight) => total + weight, 0);
    expect(choice.trees.map(({ features }) => features)).toEqual(['targets and counts', 'values']);
    expect(Math.min(...choice.weights)).toBeGreaterThanOrEqual(0);
    expect(sum).toBeGreaterThan(0.7);
    expect(sum).toBeLessThan(1.3);
  });

  test('believes the network where pairs of values tell what neither does alone', () => {
    const { choice } = trainBlend(pairedValues(6000), { seed: 1, effort: { ...EFFORT, roundsMax: 20, passesMax: 5 } });
    expect(choice.trees).toHaveLength(2);
    expect(choice.weights[3]).toBeGreaterThan(0.5);
  });

  test('has one kind of trees where there are no categories, and is read back so', () => {
    const { examples } = clickWorld(2000, 3);
    const numbers = { ...examples, categories: [] };
    const blend = trainBlend(numbers, { seed: 1, effort: EFFORT });
    expect(blend.members).toHaveLength(3);
    const [scores, again] = [new Float64Array(2000), new Float64Array(2000)];
    blend.score(numbers, scores);
    clickBlendLearner(EFFORT).unpack(blend.pack()).score(numbers, again);
    expect(again).toEqual(scores);
  });
});

/** Three columns of 30 values, each a vector by chance; the log-odds are the vectors' products. */
function pairedValues(rows: number): LabelledExamples {
  const rng = new Rng(5);
  const vectors = Array.from({ length: 90 }, () => [rng.normal(), rng.normal()] as const);
  const drawn = Array.from({ length: 3 }, () => Int32Array.from({ length: rows }, () => rng.below(30)));
  const labels = Uint8Array.from({ length: rows }, (_, row) => {
    const [a, b, c] = drawn.map((values, i) => vectors[30 * i + values[row]!]!);
    const product = (x: typeof a, y: typeof a): number => x![0] * y![0] + x![1] * y![1];
    return rng.unit() < sigmoid(1.5 * (product(a, b) + product(a, c) + product(b, c))) ? 1 : 0;
  });
  const categories = drawn.map((values, i) => ({
    name: `c${i}`,
    values: values.map((value) => categoryOf(String(value))),
  }));
  return { rows, numbers: [], categories, labels };
}
