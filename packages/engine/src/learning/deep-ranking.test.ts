/** A network on top of an additive ranker: finds what curves of single features cannot say, and stays out where there is nothing to find. */
import { expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { priorModel } from './additive-model.ts';
import { trainAdditive } from './additive-trainer.ts';
import { type IdentifiedExamples, type RankingColumns, trainDeepRanking } from './deep-ranking.ts';

const COLUMNS: RankingColumns = { features: ['a', 'b'], rowIdentities: ['category'], groupIdentities: ['last'] };
const ROWS = 30;
const CATEGORIES = 5;

/** Each group chooses one row by softmax of `utility`. */
function choices(
  groups: number,
  utility: (a: number, category: number, last: number) => number,
  seed: number,
): { examples: IdentifiedExamples; bayesLoss: number } {
  const rng = new Rng(seed);
  const rows = groups * ROWS;
  const examples = {
    values: new Float32Array(rows * 2),
    gates: new Uint8Array(rows),
    labels: new Uint8Array(rows),
    groups: Int32Array.from({ length: groups + 1 }, (_, group) => group * ROWS),
    rowIdentities: new Int32Array(rows),
    groupIdentities: new Int32Array(groups),
  };
  let bayesLoss = 0;
  for (let group = 0; group < groups; group++) {
    const last = 1 + rng.below(CATEGORIES);
    examples.groupIdentities[group] = 1000 + last;
    const odds: number[] = [];
    for (let row = group * ROWS; row < (group + 1) * ROWS; row++) {
      const category = 1 + rng.below(CATEGORIES);
      examples.rowIdentities[row] = 2000 + category;
      examples.values[2 * row] = rng.unit();
      examples.values[2 * row + 1] = rng.unit();
      odds.push(Math.exp(utility(examples.values[2 * row]!, category, last)));
    }
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

const fit = (examples: IdentifiedExamples, seed = 1) =>
  trainDeepRanking(trainAdditive(priorModel(['a', 'b'], [0, 0]), examples), examples, COLUMNS, {
    tableRate: 0.1,
    denseRate: 0.03,
    products: 8,
    units: 7,
    binsMax: 16,
    passesMax: 4,
    seed,
  });

test('closes most of the gap that which category follows which leaves to an additive model', () => {
  const { examples, bayesLoss } = choices(3000, (a, category, last) => 2 * a + (category === last ? 2.5 : 0), 7);
  const { fit: fitted, known } = fit(examples);
  expect(fitted.scale).toBeGreaterThan(0);
  expect(fitted.baseLoss - bayesLoss).toBeGreaterThan(0.4);
  expect((fitted.baseLoss - fitted.loss) / (fitted.baseLoss - bayesLoss)).toBeGreaterThan(0.8);
  expect(known['category']).toEqual(Int32Array.of(2001, 2002, 2003, 2004, 2005));
});

test('does no harm where the additive model says all there is to say, and is the same for the same seed', () => {
  const { examples } = choices(1500, (a) => 3 * a, 8);
  const first = fit(examples);
  expect(first.fit.loss).toBeLessThanOrEqual(first.fit.baseLoss + 1e-9);
  expect(Buffer.compare(first.network.pack(), fit(examples).network.pack())).toBe(0);
});

test('refuses groups too few to learn from', () => {
  expect(() => fit(choices(5, () => 0, 1).examples)).toThrow(/5 groups are too few/);
});
