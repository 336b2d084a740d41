/** Trees on top of an additive ranker: find what features say together, and stay out where there is nothing to find. */
import { expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { priorModel } from './additive-model.ts';
import { type RankingExamples, trainAdditive } from './additive-trainer.ts';
import { DEFAULT_TREE_RANKING, trainTreeRanking } from './tree-ranking.ts';

const ROWS = 30;

/** Each group chooses one row by softmax of `utility`. */
function choices(groups: number, utility: (a: number, b: number) => number, seed: number) {
  const rng = new Rng(seed);
  const rows = groups * ROWS;
  const examples: RankingExamples = {
    values: Float32Array.from({ length: rows * 2 }, () => rng.unit()),
    gates: new Uint8Array(rows),
    labels: new Uint8Array(rows),
    groups: Int32Array.from({ length: groups + 1 }, (_, group) => group * ROWS),
  };
  let bayesLoss = 0;
  for (let group = 0; group < groups; group++) {
    const odds = Array.from({ length: ROWS }, (_, i) => {
      const row = group * ROWS + i;
      return Math.exp(utility(examples.values[2 * row]!, examples.values[2 * row + 1]!));
    });
    const all = odds.reduce((sum, one) => sum + one, 0);
    let draw = rng.unit() * all;
    const chosen = odds.findIndex((one) => {
      draw -= one;
      return draw < 0;
    });
    examples.labels[group * ROWS + chosen] = 1;
    bayesLoss -= Math.log(odds[chosen]! / all) / groups;
  }
  return { examples, bayesLoss };
}

const fit = (examples: RankingExamples) =>
  trainTreeRanking(trainAdditive(priorModel(['a', 'b'], [0, 0]), examples), examples, {
    ...DEFAULT_TREE_RANKING,
    boosting: { ...DEFAULT_TREE_RANKING.boosting, rounds: 60, columnShare: 1 },
  });

test('closes most of the gap that an exclusive or leaves to an additive model', () => {
  const { examples, bayesLoss } = choices(2500, (a, b) => (a > 0.5 === b > 0.5 ? 2 : 0), 7);
  const { fit: fitted, forest } = fit(examples);
  expect(fitted.baseLoss - bayesLoss).toBeGreaterThan(0.2);
  expect((fitted.baseLoss - fitted.loss) / (fitted.baseLoss - bayesLoss)).toBeGreaterThan(0.8);
  expect(forest.trees).toHaveLength(fitted.trees);
});

test('does no harm where the additive model says all there is to say', () => {
  const { examples } = choices(600, (a) => 3 * a, 8);
  const { fit: fitted } = fit(examples);
  expect(fitted.loss).toBeLessThanOrEqual(fitted.baseLoss);
});

test('refuses groups too few to learn from', () => {
  expect(() => fit(choices(5, () => 0, 1).examples)).toThrow(/5 groups are too few/);
});
