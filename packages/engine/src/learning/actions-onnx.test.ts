/** The heads of the ranker as one ONNX file evaluate to their own log-odds and probabilities, here and in onnxruntime where it is installed. */
import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { type ActionModels, actionLogits } from './action-model.ts';
import { trainActionNetwork } from './action-network.ts';
import { actionIdentities, actionsOnnx } from './actions-onnx.ts';
import { type AdditiveModel, GATES, KNOTS } from './additive-model.ts';
import { categoryOf } from './examples.ts';
import { sigmoid } from './logistic.ts';
import { evaluateOnnx, requireOperators } from './onnx-evaluator.ts';
import { readOnnx } from './onnx-file.ts';

const rng = new Rng(7);
const FEATURES = ['a', 'b', 'c'];
const PLACES = ['home', 'cart', 'new page'];
const ROWS = 3000;

const additive = (): AdditiveModel => ({
  features: FEATURES,
  bias: Float32Array.from({ length: GATES }, () => rng.unit() - 2),
  lines: Float32Array.from({ length: GATES * FEATURES.length * KNOTS }, () => rng.unit() - 0.5),
});
const places = Int32Array.from({ length: ROWS }, () => rng.below(2));
const listings = Int32Array.from({ length: ROWS }, () => rng.below(30));
const rows = {
  featureNames: FEATURES,
  values: Float32Array.from({ length: ROWS * FEATURES.length }, () => (rng.unit() < 0.3 ? 0 : rng.unit())),
  gates: Uint8Array.from({ length: ROWS }, () => rng.below(2)),
  identityNames: ['listing', 'placement', 'device'],
  identities: Int32Array.from({ length: ROWS * 3 }, (_, i) => {
    const row = Math.floor(i / 3);
    return [
      categoryOf(`l${listings[row]}`),
      categoryOf(PLACES[places[row]!]!),
      categoryOf(row % 3 === 0 ? 'app' : 'mobile'),
    ][i % 3]!;
  }),
  placements: places,
  placementNames: PLACES,
};
const labels = (): Uint8Array =>
  Uint8Array.from(listings, (listing) => (rng.unit() < 0.1 + 0.6 * (listing % 2) ? 1 : 0));
const flat = new Float64Array(ROWS).fill(-1);
const tasks = ['click', 'purchase'].map((action) => ({ action, labels: labels(), logits: flat }));
const { network: shared } = trainActionNetwork(rows, tasks, { learned: 2400, chosen: ROWS }, 1)!;
const heads: ActionModels = new Map([
  [
    'click',
    {
      model: additive(),
      intercepts: new Map([
        ['home', 0.4],
        ['elsewhere', -1],
      ]),
      network: { shared, scale: 0.75 },
    },
  ],
  ['cart', { model: additive(), intercepts: new Map([['cart', 0.2]]) }],
  ['purchase', { model: additive(), intercepts: new Map(), network: { shared, scale: 1 } }],
]);

/** Rows as inputs; of a value without a number, 0. */
function inputsOf(models: ActionModels, from: number, to: number) {
  const columns = [...actionIdentities(models)];
  const numbers = (identity: string, values: readonly number[], row: number): number => {
    const at = rows.identityNames.indexOf(identity);
    return 1 + values.indexOf(rows.identities[row * 3 + at]!);
  };
  const all = Array.from({ length: to - from }, (_, i) => from + i);
  return {
    features: { shape: [to - from, 3], data: rows.values.slice(from * 3, to * 3) },
    own: { shape: [to - from, 1], data: Float32Array.from(rows.gates.subarray(from, to)) },
    identities: {
      shape: [to - from, columns.length],
      data: Float32Array.from(all.flatMap((row) => columns.map(([name, values]) => numbers(name, values, row)))),
    },
  };
}

function expectHeads(
  models: ActionModels,
  outputs: Readonly<Record<string, { data: ArrayLike<number> }>>,
  to: number,
): void {
  for (const [action, head] of models) {
    const wanted = actionLogits(action, head, rows, { from: 0, to });
    expect(new Set(wanted).size).toBeGreaterThan(to / 2);
    wanted.forEach((logit, row) => {
      expect(outputs[`${action}_logit`]!.data[row]).toBeCloseTo(logit, 4);
      expect(outputs[action]!.data[row]).toBeCloseTo(sigmoid(logit), 5);
    });
  }
}

test('each head gives its own log-odds and probability, by a network that is there once', () => {
  const bytes = actionsOnnx(heads, FEATURES);
  const graph = readOnnx(bytes);
  requireOperators(graph);
  expect(graph.inputs.map(({ name }) => name)).toEqual(['features', 'own', 'identities']);
  expect(graph.outputs.map(({ name }) => name)).toEqual(
    ['click', 'cart', 'purchase'].flatMap((action) => [action, `${action}_logit`]),
  );
  expect([...actionIdentities(heads).keys()]).toEqual(['listing', 'placement', 'device']);
  expect(graph.nodes.filter(({ op }) => op === 'Greater').length).toBe(1);
  expectHeads(heads, evaluateOnnx(graph, inputsOf(heads, 0, 100)), 100);
});

test('heads without a network read the placement alone', () => {
  const plain: ActionModels = new Map([['cart', heads.get('cart')!]]);
  const graph = readOnnx(actionsOnnx(plain, FEATURES));
  expect([...actionIdentities(plain)]).toEqual([['placement', [categoryOf('cart')]]]);
  expectHeads(plain, evaluateOnnx(graph, inputsOf(plain, 0, 50)), 50);
});

test('what no head knows is what is usual', () => {
  const unknown = { ...rows, identities: new Int32Array(ROWS * 3), placementNames: ['x', 'y', 'z'] };
  const inputs = inputsOf(heads, 0, 30);
  const zeros = { ...inputs, identities: { ...inputs.identities, data: new Float32Array(90) } };
  const outputs = evaluateOnnx(readOnnx(actionsOnnx(heads, FEATURES)), zeros);
  for (const [action, head] of heads)
    actionLogits(action, head, unknown, { from: 0, to: 30 }).forEach((logit, row) => {
      expect(outputs[`${action}_logit`]!.data[row]).toBeCloseTo(logit, 4);
    });
});

const runtime = ['onnxruntime-web', 'onnxruntime-node'].find((name) => {
  try {
    return createRequire(import.meta.url).resolve(name) !== '';
  } catch {
    return false;
  }
});
test.skipIf(runtime === undefined)(
  `evaluates to the same in onnxruntime${runtime === undefined ? ' (skipped: neither onnxruntime-web nor onnxruntime-node is installed)' : ''}`,
  async () => {
    const ort = await import(runtime!);
    const session = await ort.InferenceSession.create(actionsOnnx(heads, FEATURES));
    const tensors = Object.entries(inputsOf(heads, 0, 200)).map(([name, { shape, data }]) => [
      name,
      new ort.Tensor('float32', data, shape),
    ]);
    expectHeads(heads, await session.run(Object.fromEntries(tensors)), 200);
  },
);
