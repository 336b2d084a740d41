/** Lists of a large catalogue are those that a look at all items gives. */
import { expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { BlendedRecommender, type BlendPart } from './blended-recommender.ts';
import { fitItemKnn } from './item-knn.ts';
import { fitNeighbourhoodRidge } from './neighbourhood-ridge.ts';
import { fitPopularity } from './popularity.ts';
import { ItemPopularity, SparseBlend } from './sparse-blend.ts';
import { rowOf, sparseMatrix } from './sparse-matrix.ts';
import { topScores } from './top-scores.ts';
import { fitUserKnn } from './user-knn.ts';

const K = 15;

/** Buyers of groups of 30 items each, some items met by nobody. */
function world(seed: number, buyers = 150, items = 400) {
  const rng = new Rng(seed);
  const [rows, columns]: [number[], number[]] = [[], []];
  for (let row = 0; row < buyers; row++)
    for (let n = 2 + rng.below(8); n > 0; n--) {
      rows.push(row);
      columns.push(rng.unit() < 0.7 ? 30 * (row % 10) + rng.below(30) : Math.floor(items * rng.unit() ** 3));
    }
  return sparseMatrix(buyers, items, rows, columns);
}

test.each([1, 2, 3])('seed %i: the same items in the same places as by scores of all', (seed) => {
  const matrix = world(seed);
  const parts: BlendPart[] = [
    { kind: 'item-knn', weight: 0.4, model: fitItemKnn(matrix) },
    { kind: 'neighbourhood-ridge', weight: 0.3, model: fitNeighbourhoodRidge(matrix) },
    { kind: 'user-knn', weight: 0.2, model: fitUserKnn(matrix) },
    { kind: 'popularity', weight: 0.1, model: fitPopularity(matrix) },
  ];
  const dense = new BlendedRecommender(parts, fitPopularity(matrix));
  const sparse = new SparseBlend(parts, new ItemPopularity(matrix));
  const scores = new Float32Array(matrix.columnCount);
  const [wanted, found] = [new Int32Array(K), new Int32Array(K)];
  let same = 0;
  const cases = [...Array(matrix.rowCount).keys()].map((row) => rowOf(matrix, row));
  for (const history of [...cases, new Int32Array(0)]) {
    dense.score(history, scores);
    for (const item of history) scores[item] = Number.NEGATIVE_INFINITY;
    expect(topScores(scores, K, wanted)).toBe(K);
    expect(sparse.top(history, K, found)).toBe(K);
    for (const item of history) expect(found).not.toContain(item);
    same += wanted.reduce((sum, item, i) => sum + (found[i] === item ? 1 : 0), 0);
    // Where rounding lets equals change places, what they are worth is the same.
    found.forEach((item, i) => {
      expect(scores[item]!).toBeCloseTo(scores[wanted[i]!]!, 4);
    });
  }
  expect(same).toBeGreaterThan(0.98 * K * (cases.length + 1));
});
