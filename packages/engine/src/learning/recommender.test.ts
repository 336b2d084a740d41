import { expect, test } from 'vitest';
import { BlendedRecommender } from './blended-recommender.ts';
import { fitEase } from './ease.ts';
import { fitItemKnn } from './item-knn.ts';
import { fitNeighbourhoodRidge } from './neighbourhood-ridge.ts';
import { fitPopularity } from './popularity.ts';
import { groupedInteractions, recommenderContract } from './recommender.contract.ts';
import { RECOMMENDER_KINDS } from './recommender-kinds.ts';
import { fitRp3Beta } from './rp3-beta.ts';
import { rowOf, sparseMatrix } from './sparse-matrix.ts';

for (const [name, { start, fit, load }] of Object.entries(RECOMMENDER_KINDS)) {
  // 61 items are few for the factors of a catalogue.
  const options = name === 'implicit-als' ? { ...start, factors: 6, regularisation: 0.1 } : start;
  recommenderContract(name, (matrix) => fit(matrix, options), load, { personal: name !== 'popularity' });
}

recommenderContract(
  'a blend',
  (matrix) =>
    new BlendedRecommender(
      [
        { kind: 'ease', weight: 0.7, model: fitEase(matrix) },
        { kind: 'item-knn', weight: 0.3, model: fitItemKnn(matrix) },
      ],
      fitPopularity(matrix),
    ),
  (bytes) => BlendedRecommender.load(bytes),
);

/** Buyers 0–2 met {0, 1}, {0, 1, 2}, {1, 2}. */
const small = sparseMatrix(3, 3, [0, 0, 1, 1, 1, 2, 2], [0, 1, 0, 1, 2, 1, 2]);

function scoresOf(model: ReturnType<typeof fitEase>, history: readonly number[]): number[] {
  const scores = new Float32Array(model.itemCount);
  model.score(Int32Array.from(history), scores);
  return [...scores];
}

test('EASE is its closed form', () => {
  // C = [[2, 2, 1], [2, 3, 2], [1, 2, 2]] and λ c̄ = 3/7 · 7/3 = 1, so C + I = [[3, 2, 1], [2, 4, 2], [1, 2, 3]], whose
  // inverse is [[8, −4, 0], [−4, 8, −4], [0, −4, 8]] / 16.
  const model = fitEase(small, { ridge: 3 / 7, dropout: 0, rowExponent: 0 });
  const rows = [0, 1, 2].map((item) => scoresOf(model, [item]));
  const expected = [
    [0, 0.5, 0],
    [0.5, 0, 0.5],
    [0, 0.5, 0],
  ];
  rows.forEach((row, i) => {
    row.forEach((score, j) => {
      expect(score).toBeCloseTo(expected[i]![j]!, 6);
    });
  });
});

test('a ridge over all other items is EASE', () => {
  // So many buyers that every two items share one: items without co-occurrence would be out of the regression.
  const matrix = groupedInteractions(3000);
  const options = { ridge: 1.3, dropout: 0.4, rowExponent: 0.2 };
  const ease = fitEase(matrix, options);
  const ridge = fitNeighbourhoodRidge(matrix, { ...options, neighbours: matrix.columnCount });
  for (let buyer = 0; buyer < 20; buyer++) {
    const history = [...rowOf(matrix, buyer)];
    const expected = scoresOf(ease, history);
    scoresOf(ridge, history).forEach((score, item) => {
      expect(Math.abs(score - expected[item]!)).toBeLessThan(1e-4);
    });
  }
});

test('item-kNN without shrinkage is the cosine', () => {
  const model = fitItemKnn(small, { neighbours: 5, shrink: 0, alpha: 0.5, rowExponent: 0 });
  const [own, next, last] = scoresOf(model, [0]);
  expect(own).toBe(0);
  expect(next).toBeCloseTo(2 / Math.sqrt(2 * 3), 6);
  expect(last).toBeCloseTo(1 / Math.sqrt(2 * 2), 6);
});

test('RP3β is the product of its step probabilities over popularity', () => {
  const model = fitRp3Beta(small, { neighbours: 5, alpha: 1, beta: 0.5 });
  const [, next, last] = scoresOf(model, [0]);
  // From item 0 to buyer 0 or 1, each ½; from there to item 1 with ½ or ⅓, to item 2 with 0 or ⅓.
  expect(next).toBeCloseTo((0.5 / 2 + 0.5 / 3) / Math.sqrt(3), 6);
  expect(last).toBeCloseTo(0.5 / 3 / Math.sqrt(2), 6);
});
