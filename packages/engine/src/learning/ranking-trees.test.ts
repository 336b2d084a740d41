/** NDCG by hand, LambdaMART's gradients against their definition, and a known order learned. */
import { describe, expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { DEFAULT_LAMBDA, lambdaObjective } from './lambda-mart.ts';
import { ndcgAt } from './ndcg.ts';
import {
  DEFAULT_RANKING,
  packRanking,
  type RankingTable,
  scoreRanking,
  trainRankingTrees,
  unpackRanking,
} from './ranking-trees.ts';

describe('NDCG', () => {
  test('of an order by hand', () => {
    const grades = Uint8Array.of(3, 2, 3, 0, 1, 2);
    const scores = Float64Array.of(6, 5, 4, 3, 2, 1);
    const dcg = [3, 2, 3, 0, 1, 2].reduce((sum, grade, i) => sum + (2 ** grade - 1) / Math.log2(i + 2), 0);
    const ideal = [3, 3, 2, 2, 1, 0].reduce((sum, grade, i) => sum + (2 ** grade - 1) / Math.log2(i + 2), 0);
    expect(ndcgAt(6, grades, scores, Int32Array.of(0, 6))).toBeCloseTo(dcg / ideal, 12);
    expect(ndcgAt(1, grades, scores, Int32Array.of(0, 6))).toBe(1);
  });

  test('a query without relevant documents counts 1; equal scores keep the file’s order', () => {
    expect(ndcgAt(5, Uint8Array.of(0, 0, 0, 1), new Float64Array(4), Int32Array.of(0, 2, 4))).toBeCloseTo(
      (1 + Math.log2(2) / Math.log2(3)) / 2,
      12,
    );
  });
});

describe("LambdaMART's gradients", () => {
  test('are the sums over pairs of ρ |ΔNDCG|', () => {
    const grades = Uint8Array.of(0, 2, 1);
    const scores = Float64Array.of(0.3, -0.2, 0.1);
    const [g, h] = [new Float64Array(3), new Float64Array(3)];
    lambdaObjective(grades, Int32Array.of(0, 3), { ...DEFAULT_LAMBDA, normalised: false }).gradients(scores, g, h);
    const place = [0, 2, 1]; // of each document, by score
    const ideal = 3 / Math.log2(2) + 1 / Math.log2(3);
    const lambda = (i: number, j: number): number => {
      const gains = 2 ** grades[i]! - 2 ** grades[j]!;
      const discounts = 1 / Math.log2(place[i]! + 2) - 1 / Math.log2(place[j]! + 2);
      return Math.abs((gains * discounts) / ideal) / (1 + Math.exp(scores[i]! - scores[j]!));
    };
    expect(g[1]).toBeCloseTo(-lambda(1, 0) - lambda(1, 2), 12);
    expect(g[2]).toBeCloseTo(-lambda(2, 0) + lambda(1, 2), 12);
    expect(g[0]).toBeCloseTo(lambda(1, 0) + lambda(2, 0), 12);
    expect(h.every((one) => one > 0)).toBe(true);
  });

  test('sum to nothing in each query', () => {
    const rng = new Rng(2);
    const grades = Uint8Array.from({ length: 40 }, () => rng.below(4));
    const scores = Float64Array.from({ length: 40 }, () => rng.normal());
    const [g, h] = [new Float64Array(40), new Float64Array(40)];
    lambdaObjective(grades, Int32Array.of(0, 15, 40)).gradients(scores, g, h);
    const sum = (from: number, to: number): number => g.slice(from, to).reduce((total, one) => total + one, 0);
    expect(sum(0, 15)).toBeCloseTo(0, 12);
    expect(sum(15, 40)).toBeCloseTo(0, 12);
  });
});

/** Queries of 10 documents whose grade rises with the first column; one in four values is missing. */
function rankedWorld(queries: number, seed: number): RankingTable {
  const rng = new Rng(seed);
  const rows = queries * 10;
  const truth = Float32Array.from({ length: rows }, () => rng.unit());
  return {
    numbers: {
      rows,
      dense: [
        truth.map((value) => (rng.unit() < 0.25 ? Number.NaN : value)),
        Float32Array.from({ length: rows }, () => rng.normal()),
      ],
    },
    grades: Uint8Array.from(truth, (value) => Math.max(0, Math.min(4, Math.floor(5 * value + 0.3 * rng.normal())))),
    groups: Int32Array.from({ length: queries + 1 }, (_, query) => query * 10),
  };
}

describe('ranking trees', () => {
  const options = { ...DEFAULT_RANKING, boosting: { ...DEFAULT_RANKING.boosting, rounds: 60, columnShare: 1 } };
  const train = rankedWorld(100, 1);
  const test2 = rankedWorld(100, 2);
  const forest = trainRankingTrees(train, options);
  const scores = new Float64Array(1000);

  test('learn a known order', () => {
    scoreRanking(forest, test2.numbers, scores);
    const learned = ndcgAt(10, test2.grades, scores, test2.groups);
    const truth = Float64Array.from(test2.numbers.dense[0]!, (value) => (Number.isNaN(value) ? 0.5 : value));
    expect(learned).toBeGreaterThan(ndcgAt(10, test2.grades, truth, test2.groups) - 0.01);
    expect(ndcgAt(10, test2.grades, new Float64Array(1000), test2.groups)).toBeLessThan(0.75);
  });

  test('come back from bytes as they were; other features are refused', () => {
    const copy = unpackRanking(packRanking(forest), 2);
    const again = new Float64Array(1000);
    scoreRanking(copy, test2.numbers, again);
    expect(again).toEqual(scores);
    expect(() => unpackRanking(packRanking(forest), 3)).toThrow(/2 dense features, not on 3/);
    expect(() => unpackRanking(packRanking(forest).subarray(0, 900), 2)).toThrow(/truncated/);
  });

  test('the seed makes the model', () => {
    expect(trainRankingTrees(train, options)).toEqual(forest);
  });

  test('refuse to learn where there is no order', () => {
    expect(() => trainRankingTrees({ ...train, grades: new Uint8Array(1000) }, options)).toThrow(/no query has/);
    expect(() => trainRankingTrees({ ...train, grades: new Uint8Array(1000).fill(40) }, options)).toThrow(/grade of/);
    expect(() => trainRankingTrees({ ...train, groups: Int32Array.of(0) }, options)).toThrow(/no queries/);
  });
});
