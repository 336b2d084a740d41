/** Scores are those of the bins that the forest was grown on; attributions are Shapley's values by brute force. */
import { expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { binRows, learnBins } from './binned-matrix.ts';
import { boostTrees, DEFAULT_BOOSTING, scoreForest, squaredObjective } from './boosted-trees.ts';
import { ForestScorer } from './forest-scorer.ts';

const COLUMNS = 4;
const ROWS = 400;
const rng = new Rng(5);
const dense = Array.from({ length: COLUMNS }, () =>
  Float32Array.from({ length: ROWS }, () => (rng.unit() < 0.3 ? 0 : rng.unit())),
);
const targets = Float32Array.from(dense[0]!, (a, i) => 3 * a * dense[1]![i]! - (dense[2]![i]! > 0.4 ? a : 0));
const matrix = binRows(learnBins({ rows: ROWS, dense }, { binsMax: 20, rowsMin: 1 }), { rows: ROWS, dense });
const forest = boostTrees(matrix, squaredObjective(targets), { ...DEFAULT_BOOSTING, rounds: 12, rowsMin: 5 });
const scorer = new ForestScorer(forest);

function scoreOf(values: readonly number[]): number {
  const out = new Float64Array(1);
  scorer.addScores(
    values.map((value) => Float32Array.of(value)),
    1,
    out,
  );
  return out[0]!;
}

test('scores as the binned forest does', () => {
  const wanted = new Float64Array(ROWS);
  scoreForest(forest, matrix, wanted);
  const scores = new Float64Array(ROWS);
  scorer.addScores(dense, ROWS, scores);
  scores.forEach((score, row) => {
    expect(score).toBeCloseTo(wanted[row]!, 10);
  });
  expect(new Set(scores).size).toBeGreaterThan(50);
});

test("attributes by Shapley's values", () => {
  const baseline = [0, 0, 0, 0];
  for (const row of [3, 77, 200]) {
    const values = dense.map((column) => column[row]!);
    const worth = (members: number): number =>
      scoreOf(values.map((value, column) => ((members >> column) & 1 ? value : baseline[column]!)));
    const wanted = values.map((_, column) => {
      let sum = 0;
      for (let members = 0; members < 2 ** COLUMNS; members++) {
        if ((members >> column) & 1) continue;
        const size = [0, 1, 2, 3].filter((other) => (members >> other) & 1).length;
        const weight = [1 / 4, 1 / 12, 1 / 12, 1 / 4][size]!;
        sum += weight * (worth(members | (1 << column)) - worth(members));
      }
      return sum;
    });
    const effects = scorer.attribute(values, baseline);
    effects.forEach((effect, column) => {
      expect(effect).toBeCloseTo(wanted[column]!, 9);
    });
    expect(effects.reduce((sum, effect) => sum + effect, 0)).toBeCloseTo(scoreOf(values) - scoreOf(baseline), 9);
  }
});
