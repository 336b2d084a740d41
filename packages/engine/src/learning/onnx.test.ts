/** ONNX out and in: what was written is read back, evaluates to the same scores, here and in onnxruntime where it is installed. */
import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { type AdditiveModel, AdditiveScorer, GATES, KNOTS } from './additive-model.ts';
import { additiveOnnx } from './additive-onnx.ts';
import { evaluateOnnx, requireOperators } from './onnx-evaluator.ts';
import { type OnnxNode, readOnnx, type Tensor, writeOnnx } from './onnx-file.ts';
import { ONNX_OPERATORS } from './onnx-ops.ts';
import { OnnxRanker, packOnnx } from './onnx-ranker.ts';

const rng = new Rng(5);
const FEATURES = 7;
const ROWS = 50;
const normal = () => 4 * (rng.unit() - 0.5);
const model: AdditiveModel = {
  features: Array.from({ length: FEATURES }, (_, i) => `f${i}`),
  bias: Float32Array.from({ length: GATES }, normal),
  lines: Float32Array.from({ length: GATES * FEATURES * KNOTS }, normal),
};
const features = Float32Array.from({ length: ROWS * FEATURES }, (_, i) =>
  i % 11 === 0 ? 1 : i % 13 === 0 ? 0 : rng.unit(),
);
const own = Float32Array.from({ length: ROWS }, (_, i) => i % 2);

function scored(): Float64Array {
  const out = new Float64Array(ROWS);
  const columns = model.features.map((_, f) => ({
    shape: 'dense' as const,
    values: Float32Array.from({ length: ROWS }, (_, row) => features[row * FEATURES + f]!),
    sparseRows: new Int32Array(0),
    sparseCount: 0,
  }));
  new AdditiveScorer(model).scoreRows({ columns, gates: Uint8Array.from(own), rows: ROWS }, out);
  return out;
}

const worst = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.max(...Array.from(a, (x, i) => Math.abs(x - b[i]!)));

describe('the additive ranker as ONNX', () => {
  const bytes = additiveOnnx(model);

  test('evaluates to the same scores here', () => {
    const graph = readOnnx(bytes);
    requireOperators(graph);
    expect(graph.inputs.map(({ name, shape }) => [name, ...shape])).toEqual([
      ['features', 0, FEATURES],
      ['own', 0, 1],
    ]);
    const { score } = evaluateOnnx(graph, {
      features: { shape: [ROWS, FEATURES], data: features },
      own: { shape: [ROWS, 1], data: own },
    });
    expect(score!.shape).toEqual([ROWS, 1]);
    expect(worst(score!.data, scored())).toBeLessThan(1e-4);
  });

  const runtime = installed('onnxruntime-web') ?? installed('onnxruntime-node');
  test.skipIf(runtime === undefined)(
    `evaluates to the same scores in onnxruntime${runtime === undefined ? ' (skipped: neither onnxruntime-web nor onnxruntime-node is installed)' : ''}`,
    async () => {
      const ort = await import(runtime!);
      const session = await ort.InferenceSession.create(bytes);
      const { score } = await session.run({
        features: new ort.Tensor('float32', features, [ROWS, FEATURES]),
        own: new ort.Tensor('float32', own, [ROWS, 1]),
      });
      expect(worst(score.data, scored())).toBeLessThan(1e-4);
    },
  );
});

function installed(name: string): string | undefined {
  try {
    return createRequire(import.meta.url).resolve(name) && name;
  } catch {
    return undefined;
  }
}

const tensor = (shape: number[], ...data: number[]): Tensor => ({ shape, data: Float32Array.from(data) });
const run = (op: string, inputs: Tensor[], attributes: OnnxNode['attributes'] = {}) =>
  ONNX_OPERATORS[op]!(inputs, { op, inputs: [], outputs: [], attributes });

describe('operators, by hand', () => {
  test('Gemm with transposed weights, alpha and beta', () => {
    const [out] = run('Gemm', [tensor([1, 2], 1, 2), tensor([2, 2], 3, 4, 5, 6), tensor([2], 10, 20)], {
      transB: 1,
      alpha: 2,
      beta: 0.5,
    });
    expect([...out!.data]).toEqual([2 * (3 + 8) + 5, 2 * (5 + 12) + 10]);
  });

  test('a row and a column stretch against each other', () => {
    expect(run('Add', [tensor([2, 1], 1, 2), tensor([3], 10, 20, 30)])[0]).toEqual(
      tensor([2, 3], 11, 21, 31, 12, 22, 32),
    );
  });

  test('a logistic classifier gives both probabilities', () => {
    const node = { coefficients: [1, -1], intercepts: [0.5], post_transform: 'LOGISTIC' };
    const [labels, both] = run('LinearClassifier', [tensor([2, 2], 1, 0, 0, 3)], node);
    const p = (z: number) => 1 / (1 + Math.exp(-z));
    expect([...labels!.data]).toEqual([1, 0]);
    expect(worst(both!.data, [1 - p(1.5), p(1.5), 1 - p(-2.5), p(-2.5)])).toBeLessThan(1e-6);
  });

  test('two stumps sum their leaves', () => {
    const node = {
      nodes_treeids: [0, 0, 0, 1, 1, 1],
      nodes_nodeids: [0, 1, 2, 0, 1, 2],
      nodes_featureids: [0, 0, 0, 1, 0, 0],
      nodes_values: [0.5, 0, 0, 2, 0, 0],
      nodes_modes: ['BRANCH_LEQ', 'LEAF', 'LEAF', 'BRANCH_LT', 'LEAF', 'LEAF'],
      nodes_truenodeids: [1, 0, 0, 1, 0, 0],
      nodes_falsenodeids: [2, 0, 0, 2, 0, 0],
      target_treeids: [0, 0, 1, 1],
      target_nodeids: [1, 2, 1, 2],
      target_ids: [0, 0, 0, 0],
      target_weights: [1, 2, 10, 20],
      n_targets: 1,
      base_values: [100],
    };
    const [out] = run('TreeEnsembleRegressor', [tensor([3, 2], 0.5, 2, 0.6, 1, 0.4, 1)], node);
    expect([...out!.data]).toEqual([100 + 1 + 20, 100 + 2 + 10, 100 + 1 + 10]);
  });
});

test('what is no ONNX file, or is cut short, says so', () => {
  const bytes = additiveOnnx(model);
  expect(() => readOnnx(bytes.subarray(0, bytes.length - 20))).toThrow(/truncated|no ONNX graph/);
  expect(() => readOnnx(new TextEncoder().encode('{"not": "a model"}'))).toThrow(/truncated|no ONNX graph/);
  const foreign = {
    nodes: [{ op: 'LSTM', inputs: [], outputs: [], attributes: {} }],
    weights: {},
    inputs: [],
    outputs: [],
  };
  expect(() => requireOperators(foreign)).toThrow('the ONNX model uses LSTM; Rialto evaluates Add');
});

describe('what would harm decisions is refused', () => {
  const trees = {
    nodes_treeids: [0, 0, 0],
    nodes_nodeids: [0, 1, 2],
    nodes_featureids: [0, 0, 0],
    nodes_values: [0.5, 0, 0],
    nodes_modes: ['BRANCH_LEQ', 'BRANCH_LEQ', 'LEAF'],
    nodes_truenodeids: [1, 0, 0],
    nodes_falsenodeids: [2, 2, 0],
  };

  test.each([
    ['a tree that goes round', {}, 'goes round in a circle'],
    ['a tree with a node too few', { nodes_truenodeids: [1, 7, 0] }, 'a branch to node 7, which it lacks'],
    ['a tree that splits at no number', { nodes_values: [Number.NaN, 0, 0] }, 'nodes_values'],
    ['a tree of another mode', { nodes_modes: ['constructor', 'LEAF', 'LEAF'] }, 'mode constructor'],
  ])('%s', (_name, change, message) => {
    const nodes = [{ op: 'TreeEnsembleRegressor', inputs: [], outputs: [], attributes: { ...trees, ...change } }];
    expect(() => requireOperators({ nodes, weights: {}, inputs: [], outputs: [] })).toThrow(message);
  });

  test('an operator by the name of what every object has', () => {
    const nodes = [{ op: 'constructor', inputs: [], outputs: [], attributes: {} }];
    expect(() => requireOperators({ nodes, weights: {}, inputs: [], outputs: [] })).toThrow('uses constructor');
  });

  const port = (name: string, width: number) => ({ name, shape: [0, width] });
  const rankerOf = (nodes: readonly Partial<OnnxNode>[], weights: Record<string, Tensor> = {}): OnnxRanker => {
    const graph = {
      nodes: nodes.map((node) => ({ op: '', inputs: [], outputs: [], attributes: {}, ...node })),
      weights,
      inputs: [port('x', 1)],
      outputs: [port('y', 1)],
    };
    const mapping = { inputs: [{ name: 'x', features: ['f0'] }], output: 'y', link: 'log-odds' as const };
    return new OnnxRanker(packOnnx(writeOnnx(graph), mapping), ['f0']);
  };

  test('a graph that fits one number of rows only', () => {
    const add = { op: 'Add', inputs: ['x', 'w'], outputs: ['y'] };
    expect(() => rankerOf([add], { w: tensor([3, 1], 1, 2, 3) })).toThrow('3 scores for 1 rows');
  });

  test('a graph that does not make its output, or reads nothing', () => {
    expect(() => rankerOf([{ op: 'Relu', inputs: ['x'], outputs: ['z'] }])).toThrow('makes its output y');
    expect(() => rankerOf([{ op: 'Relu', inputs: [], outputs: ['y'] }])).toThrow('cannot be evaluated');
  });

  test('scores that are no numbers rank last, and endless ones end', () => {
    const ranker = rankerOf([{ op: 'Div', inputs: ['x', 'w'], outputs: ['y'] }], { w: tensor([1], 0) });
    const out = new Float64Array(3);
    const column = {
      shape: 'dense' as const,
      values: Float32Array.of(0, 1, -1),
      sparseRows: new Int32Array(0),
      sparseCount: 0,
    };
    ranker.score({ columns: [column], gates: new Uint8Array(3), rows: 3 }, out);
    expect([...out]).toEqual([-1e6, 1e6, -1e6]);
  });
});
