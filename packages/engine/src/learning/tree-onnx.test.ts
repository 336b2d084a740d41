/** A ranker with trees goes out as ONNX and gives the same scores, here and in onnxruntime where it is installed. */
import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { type AdditiveModel, AdditiveScorer, GATES, KNOTS } from './additive-model.ts';
import { binRows, learnBins } from './binned-matrix.ts';
import { boostTrees, DEFAULT_BOOSTING, type Forest, squaredObjective } from './boosted-trees.ts';
import { ForestScorer } from './forest-scorer.ts';
import { evaluateOnnx, requireOperators } from './onnx-evaluator.ts';
import { readOnnx } from './onnx-file.ts';
import { treeOnnx } from './tree-onnx.ts';

const FEATURES = 5;
const ROWS = 400;
const rng = new Rng(8);
const columns = Array.from({ length: FEATURES }, () =>
  Float32Array.from({ length: ROWS }, () => (rng.unit() < 0.3 ? 0 : rng.unit())),
);
const own = Float32Array.from({ length: ROWS }, (_, row) => (row % 3) & 1);
const dense = [...columns, own];
const targets = Float32Array.from(dense[0]!, (a, i) => 3 * a * dense[1]![i]! - (dense[2]![i]! > 0.4 ? a : own[i]!));
const matrix = binRows(learnBins({ rows: ROWS, dense }, { binsMax: 20, rowsMin: 1 }), { rows: ROWS, dense });
const forest = boostTrees(matrix, squaredObjective(targets), { ...DEFAULT_BOOSTING, rounds: 12, rowsMin: 5 });
const base: AdditiveModel = {
  features: columns.map((_, i) => `f${i}`),
  bias: Float32Array.from({ length: GATES }, () => rng.unit()),
  lines: Float32Array.from({ length: GATES * FEATURES * KNOTS }, () => rng.unit() - 0.5),
};
const features = Float32Array.from({ length: ROWS * FEATURES }, (_, i) => columns[i % FEATURES]![(i / FEATURES) | 0]!);

/** Row by row, by what serves. */
function served(trees: Forest): Float64Array {
  const scores = new Float64Array(ROWS);
  const matrixRows = {
    rows: ROWS,
    gates: Uint8Array.from(own),
    columns: columns.map((values) => ({
      shape: 'dense' as const,
      values,
      sparseRows: new Int32Array(0),
      sparseCount: 0,
    })),
  };
  new AdditiveScorer(base).scoreRows(matrixRows, scores);
  new ForestScorer(trees).addScores(dense, ROWS, scores);
  return scores;
}

const farthest = (scores: ArrayLike<number>, wanted: Float64Array): number =>
  wanted.reduce((most, score, row) => Math.max(most, Math.abs(score - scores[row]!)), 0);

test.each([
  ['twelve trees', forest],
  ['a tree without a cut', { ...forest, trees: [{ ...forest.trees[0]!, ...leafOnly(0.75) }] }],
  ['no trees', { ...forest, trees: [] }],
])('%s: the same scores when read back', (_, trees) => {
  const graph = readOnnx(treeOnnx({ base, forest: trees }));
  requireOperators(graph);
  const { score } = evaluateOnnx(graph, {
    features: { shape: [ROWS, FEATURES], data: features },
    own: { shape: [ROWS, 1], data: own },
  });
  expect(score!.shape).toEqual([ROWS, 1]);
  expect(farthest(score!.data, served(trees))).toBeLessThan(1e-4);
});

function leafOnly(value: number) {
  const none = new Int32Array(0);
  return {
    columns: none,
    cuts: none,
    missingLeft: new Uint8Array(0),
    left: none,
    right: none,
    values: Float64Array.of(value),
  };
}

const runtime = ['onnxruntime-web', 'onnxruntime-node'].find((name) => {
  try {
    return createRequire(import.meta.url).resolve(name);
  } catch {
    return undefined;
  }
});

test.skipIf(runtime === undefined)(
  `the same scores in onnxruntime${runtime === undefined ? ' (skipped: neither onnxruntime-web nor onnxruntime-node is installed)' : ''}`,
  async () => {
    const ort = await import(runtime!);
    const session = await ort.InferenceSession.create(treeOnnx({ base, forest }));
    const { score } = await session.run({
      features: new ort.Tensor('float32', features, [ROWS, FEATURES]),
      own: new ort.Tensor('float32', own, [ROWS, 1]),
    });
    expect(farthest(score.data, served(forest))).toBeLessThan(1e-4);
  },
);
