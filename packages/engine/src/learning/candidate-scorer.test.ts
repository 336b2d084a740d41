/** Candidates apart from their request score as whole examples do. */
import { expect, test } from 'vitest';
import { CandidateScorer } from './candidate-scorer.ts';
import { clickWorld } from './click-world.fixture.ts';
import { DEFAULT_DEEP, newDeepModel } from './deep-clicks.ts';
import { type Examples, takeRows } from './examples.ts';

const { examples } = clickWorld(3000, 1);
const model = newDeepModel(examples, [examples, examples], { ...DEFAULT_DEEP, bits: 8, heads: ['a', 'b'] }, 1);
model.learn(examples, [examples, { labels: examples.labels.map((label) => 1 - label) }]);

test('the scores of both parts together are those of the whole', () => {
  const scorer = new CandidateScorer(model, ['noise', 'shop']);
  const [price, noise] = examples.numbers;
  const [shop, device] = examples.categories;
  const rows = Int32Array.from({ length: 150 }, (_, i) => 7 + i);
  const of = (numbers: Examples['numbers'], categories: Examples['categories'], which: Int32Array): Examples =>
    takeRows({ rows: examples.rows, numbers, categories }, which);
  const scores = new Float64Array(300);
  scorer.score(of([price!], [device!], Int32Array.of(2)), of([noise!], [shop!], rows), scores);
  const repeated = of([price!], [device!], new Int32Array(150).fill(2));
  const own = of([noise!], [shop!], rows);
  const whole = model.scoreHeads({
    rows: 150,
    numbers: [...repeated.numbers, ...own.numbers],
    categories: [...own.categories, ...repeated.categories],
  });
  for (let i = 0; i < 150; i++)
    for (const head of [0, 1]) expect(scores[2 * i + head]).toBeCloseTo(whole[head]![i]!, 4);
  expect(new Set(scores).size).toBeGreaterThan(100);
});

test('refuses features that the model does not have, and a part without any', () => {
  expect(() => new CandidateScorer(model, ['colour'])).toThrow(/no feature "colour"/);
  expect(() => new CandidateScorer(model, [])).toThrow(/both have features/);
  const scorer = new CandidateScorer(model, ['shop']);
  expect(() => scorer.score(examples, examples, new Float64Array(0))).toThrow(/other features/);
});
