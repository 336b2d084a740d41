/** Boosting against closed forms and a known truth. */
import { describe, expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { binRows, learnBins } from './binned-matrix.ts';
import { boostTrees, DEFAULT_BOOSTING, logisticObjective, scoreForest, squaredObjective } from './boosted-trees.ts';

function matrixOf(dense: Float32Array[]) {
  const table = { rows: dense[0]!.length, dense };
  return binRows(learnBins(table, { binsMax: 64, rowsMin: 1 }), table);
}

describe('boosted trees', () => {
  test('one tree at full rate holds the mean of each level', () => {
    const x = Float32Array.of(1, 1, 2, 2, 3, 3);
    const y = Float32Array.of(1, 3, 10, 12, -4, -2);
    const matrix = matrixOf([x]);
    const options = { ...DEFAULT_BOOSTING, rounds: 1, rate: 1, l2: 0, rowsMin: 1 };
    const scores = new Float64Array(6);
    scoreForest(boostTrees(matrix, squaredObjective(y), options), matrix, scores);
    [2, 2, 11, 11, -3, -3].forEach((mean, row) => {
      expect(scores[row]).toBeCloseTo(mean, 10);
    });
  });

  test('learn a known function of two numbers, with rows and columns drawn by chance', () => {
    const rng = new Rng(1);
    const make = (rows: number) => {
      const [a, b] = [0, 1].map(() => Float32Array.from({ length: rows }, () => rng.unit()));
      return { dense: [a!, b!], truth: a!.map((x, row) => Math.sin(6 * x) * (b![row]! > 0.5 ? 1 : -1)) };
    };
    const train = make(3000);
    const test2 = make(1000);
    const matrix = matrixOf(train.dense);
    const noisy = train.truth.map((value) => value + 0.2 * rng.normal());
    const forest = boostTrees(matrix, squaredObjective(noisy), {
      ...DEFAULT_BOOSTING,
      rowShare: 0.5,
      columnShare: 0.9,
    });
    const scores = new Float64Array(1000);
    scoreForest(forest, binRows(matrix.map, { rows: 1000, dense: test2.dense }), scores);
    const error = scores.reduce((sum, score, row) => sum + (score - test2.truth[row]!) ** 2, 0) / 1000;
    expect(Math.sqrt(error)).toBeLessThan(0.12);
  });

  test('the scores kept while training are those of the trees', () => {
    const rng = new Rng(2);
    const matrix = matrixOf([Float32Array.from({ length: 500 }, () => rng.below(40))]);
    const labels = Uint8Array.from({ length: 500 }, () => rng.below(2));
    const seen: Float64Array[] = [];
    const objective = logisticObjective(labels);
    const watching = {
      start: objective.start,
      gradients(scores: Float64Array, g: Float64Array, h: Float64Array) {
        seen.push(scores.slice());
        objective.gradients(scores, g, h);
      },
    };
    const forest = boostTrees(matrix, watching, { ...DEFAULT_BOOSTING, rounds: 6, rowShare: 0.6 });
    const scores = new Float64Array(500);
    seen.forEach((kept, round) => {
      scoreForest({ ...forest, trees: forest.trees.slice(0, round) }, matrix, scores);
      kept.forEach((score, row) => {
        expect(score).toBeCloseTo(scores[row]!, 12);
      });
    });
  });

  test('ends when told to', () => {
    const matrix = matrixOf([Float32Array.from({ length: 100 }, (_, row) => row)]);
    const objective = squaredObjective(Float32Array.from({ length: 100 }, (_, row) => row));
    const forest = boostTrees(matrix, objective, DEFAULT_BOOSTING, { afterRound: (_, round) => round < 4 });
    expect(forest.trees.length).toBe(5);
  });
});
