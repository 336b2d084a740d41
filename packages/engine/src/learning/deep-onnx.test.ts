/** A ranker with a network as ONNX evaluates to its own scores, here and in onnxruntime where it is installed. */
import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { type AdditiveModel, GATES, KNOTS } from './additive-model.ts';
import { scoreRow } from './additive-rows.ts';
import { deepOnnx, identityNumbers } from './deep-onnx.ts';
import { DEFAULT_DEEP_RANKING, OWN_IDENTITY, trainDeepRanking } from './deep-ranking.ts';
import { evaluateOnnx, requireOperators } from './onnx-evaluator.ts';
import { readOnnx } from './onnx-file.ts';

const rng = new Rng(4);
const FEATURES = ['a', 'b', 'c'];
const ROWS = 20;
const GROUPS = 300;
const rows = ROWS * GROUPS;
const base: AdditiveModel = {
  features: FEATURES,
  bias: Float32Array.from({ length: GATES }, () => rng.unit()),
  lines: Float32Array.from({ length: GATES * FEATURES.length * KNOTS }, () => rng.unit()),
};
const examples = {
  values: Float32Array.from({ length: rows * FEATURES.length }, () => (rng.unit() < 0.3 ? 0 : rng.unit())),
  gates: Uint8Array.from({ length: rows }, () => rng.below(2)),
  labels: Uint8Array.from({ length: rows }, (_, row) => (row % ROWS === 3 ? 1 : 0)),
  groups: Int32Array.from({ length: GROUPS + 1 }, (_, group) => group * ROWS),
  rowIdentities: Int32Array.from({ length: rows }, () => 100 + rng.below(9)),
  groupIdentities: Int32Array.from({ length: GROUPS }, () => 200 + rng.below(4)),
};
const columns = { features: FEATURES, rowIdentities: ['category'], groupIdentities: ['last'] };
const { network, known } = trainDeepRanking(base, examples, columns, { ...DEFAULT_DEEP_RANKING, passesMax: 1 });
const SCALE = 0.75;
const onnx = deepOnnx({ base, network, scale: SCALE, known });

/** Rows of the first groups; one identity in five is unknown. */
const COUNT = 60;
const identities = Float32Array.from({ length: COUNT * 2 }, (_, i) => {
  const row = i >> 1;
  const value = i % 2 === 0 ? examples.rowIdentities[row]! : examples.groupIdentities[Math.floor(row / ROWS)]!;
  const number = identityNumbers(known[i % 2 === 0 ? 'category' : 'last']!).get(value);
  return row % 5 === 0 ? 0 : number!;
});
const features = examples.values.slice(0, COUNT * FEATURES.length);
const own = Float32Array.from(examples.gates.subarray(0, COUNT));

const valuesOf = (name: string, column: number) =>
  Int32Array.from({ length: COUNT }, (_, row) => [0, ...known[name]!][identities[2 * row + column]!]!);
const [z] = network.scoreHeads({
  rows: COUNT,
  numbers: FEATURES.map((name, i) => ({
    name,
    values: Float32Array.from({ length: COUNT }, (_, row) => features[row * FEATURES.length + i]!),
  })),
  categories: [
    { name: OWN_IDENTITY, values: Int32Array.from(own, (gate) => gate + 1) },
    { name: 'category', values: valuesOf('category', 0) },
    { name: 'last', values: valuesOf('last', 1) },
  ],
});
const wanted = Array.from(z!, (score, row) => scoreRow(base, features, row, own[row]!) + SCALE * score);
const inputs = {
  features: { shape: [COUNT, FEATURES.length], data: features },
  own: { shape: [COUNT, 1], data: own },
  identities: { shape: [COUNT, 2], data: identities },
};

function expectScores(scores: ArrayLike<number>): void {
  expect(scores).toHaveLength(COUNT);
  wanted.forEach((score, row) => {
    expect(scores[row]).toBeCloseTo(score, 4);
  });
}

test('evaluates to the same scores here', () => {
  const graph = readOnnx(onnx);
  requireOperators(graph);
  expect(graph.inputs.map(({ name }) => name)).toEqual(['features', 'own', 'identities']);
  expectScores(evaluateOnnx(graph, inputs)['score']!.data);
  expect(new Set(wanted).size).toBe(COUNT);
});

test('asks for no row that a table lacks', () => {
  const wrong = { ...inputs, identities: { shape: [COUNT, 2], data: new Float32Array(COUNT * 2).fill(99) } };
  expect(() => evaluateOnnx(readOnnx(onnx), wrong)).toThrow(/row 99 of a table of 10/);
});

const runtime = ['onnxruntime-web', 'onnxruntime-node'].find((name) => {
  try {
    return createRequire(import.meta.url).resolve(name) !== '';
  } catch {
    return false;
  }
});
test.skipIf(runtime === undefined)(
  `evaluates to the same scores in onnxruntime${runtime === undefined ? ' (skipped: neither onnxruntime-web nor onnxruntime-node is installed)' : ''}`,
  async () => {
    const ort = await import(runtime!);
    const session = await ort.InferenceSession.create(onnx);
    const tensors = Object.entries(inputs).map(([name, { shape, data }]) => [
      name,
      new ort.Tensor('float32', data, shape),
    ]);
    const { score } = await session.run(Object.fromEntries(tensors));
    expectScores(score.data);
  },
);
