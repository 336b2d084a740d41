/**
 * A ranker with a network on top of an additive model (deep-ranking.ts) as an ONNX graph. A number's range is a sum of steps over its
 * edges e_j, so that what its ranges add (projected-network.ts) is
 *
 *     p(x) = p_1 + Σ_j [x > e_j] (p_{j+1} − p_j)
 *
 * and identities are rows of tables, numbered as `identityNumbers` says; 0 is what the network does not know.
 *
 *     features [rows × features], own [rows × 1], identities [rows × identities]  →  score [rows × 1], log-odds
 */
import type { AdditiveModel } from './additive-model.ts';
import { additiveGraph } from './additive-onnx.ts';
import type { DeepModel } from './deep-clicks.ts';
import { OWN_IDENTITY } from './deep-ranking.ts';
import { WIDTH } from './embedding-kernels.ts';
import { type OnnxNode, type Tensor, writeOnnx } from './onnx-file.ts';
import { ProjectedNetwork } from './projected-network.ts';

export interface ExportedRanker {
  readonly base: AdditiveModel;
  readonly network: DeepModel;
  readonly scale: number;
  /** Values that the network knows, rising, by identity. */
  readonly known: Readonly<Record<string, Int32Array>>;
}

/** Of an identity, its values by number, from 1 on. */
export const identityNumbers = (known: Int32Array): ReadonlyMap<number, number> =>
  new Map(Array.from(known, (value, i) => [value, i + 1]));

const node = (op: string, inputs: string[], output: string, attributes: OnnxNode['attributes'] = {}): OnnxNode => ({
  op,
  inputs,
  outputs: [output],
  attributes,
});

const INT64 = 7;

export function deepOnnx({ base, network, scale, known }: ExportedRanker): Uint8Array {
  const projected = new ProjectedNetwork(network);
  const identities = network.schema.categories.slice(1);
  const additive = additiveGraph(base);
  const steps = stepWeights(network, projected);
  const weights: Record<string, Tensor> = {
    ...additive.weights,
    ...steps,
    ...readoutWeights(network, projected, scale),
  };
  const nodes: OnnxNode[] = [
    ...additive.nodes.map((one) => (one.outputs[0] === 'score' ? { ...one, outputs: ['base'] } : one)),
    node('MatMul', ['features', 'edgeOf'], 'spread_features'),
    node('Greater', ['spread_features', 'edges'], 'above'),
    node('Cast', ['above'], 'steps', { to: 1 }),
    node('Gemm', ['steps', 'rises', 'floor'], 'sums_numbers'),
    node('MatMul', ['own', 'bought'], 'sums_own'),
    node('Add', ['sums_numbers', 'sums_own'], 'sums_0'),
  ];
  identities.forEach((name, i) => {
    const values = [0, ...known[name]!];
    const table = new Float64Array(values.length * projected.width);
    values.forEach((value, row) => {
      projected.addCategory(1 + i, value, table, row * projected.width);
    });
    weights[`table_${i}`] = { shape: [values.length, projected.width], data: Float32Array.from(table) };
    const pick = Float32Array.from(identities, (_, other) => (other === i ? 1 : 0));
    weights[`pick_${i}`] = { shape: [identities.length, 1], data: pick };
    nodes.push(
      node('MatMul', ['identities', `pick_${i}`], `number_${i}`),
      node('Cast', [`number_${i}`], `index_${i}`, { to: INT64 }),
      node('Gather', [`table_${i}`, `index_${i}`], `rows_${i}`),
      node('Flatten', [`rows_${i}`], `sums_of_${i}`),
      node('Add', [`sums_${i}`, `sums_of_${i}`], `sums_${i + 1}`),
    );
  });
  return writeOnnx({
    nodes: [...nodes, ...readoutNodes(`sums_${identities.length}`)],
    weights,
    inputs: [...additive.inputs, { name: 'identities', shape: [0, identities.length] }],
    outputs: additive.outputs,
  });
}

/** Of the numbers: all edges side by side, and what passing each adds. */
function stepWeights({ slots, schema }: DeepModel, projected: ProjectedNetwork): Record<string, Tensor> {
  const { width, numbers } = projected;
  const { edges, edgeStarts } = slots.bins;
  const count = schema.numbers.length;
  const all = edgeStarts[count]!;
  const edgeOf = new Float32Array(count * all);
  const rises = new Float32Array(all * width);
  const floor = new Float64Array(width);
  projected.addBiases(floor, 0);
  projected.addCategory(schema.categories.indexOf(OWN_IDENTITY), 1, floor, 0);
  for (let number = 0; number < count; number++) {
    const first = projected.numberAt(number, Number.NEGATIVE_INFINITY);
    for (let i = 0; i < width; i++) floor[i]! += numbers[first + i]!;
    for (let edge = edgeStarts[number]!; edge < edgeStarts[number + 1]!; edge++) {
      edgeOf[number * all + edge] = 1;
      const range = first + (edge - edgeStarts[number]!) * width;
      for (let i = 0; i < width; i++) rises[edge * width + i] = numbers[range + width + i]! - numbers[range + i]!;
    }
  }
  const bought = new Float64Array(width);
  projected.addCategory(0, 1, bought, 0);
  const fresh = bought.slice();
  projected.addCategory(0, 2, bought.fill(0), 0);
  return {
    edgeOf: { shape: [count, all], data: edgeOf },
    edges: { shape: [all], data: edges.slice(0, all) },
    rises: { shape: [all, width], data: rises },
    floor: { shape: [width], data: Float32Array.from(floor) },
    bought: { shape: [1, width], data: Float32Array.from(bought, (value, i) => value - fresh[i]!) },
  };
}

/** Which of the sums take which part in z. */
function readoutWeights({ network }: DeepModel, { width }: ProjectedNetwork, scale: number): Record<string, Tensor> {
  const { dense, columns, inputs, shape } = network;
  const readouts = dense.subarray((inputs + 1) * columns);
  const { heads, products, units } = shape;
  const matrix = (rows: number, wide: number, cells: readonly (readonly [number, number, number])[]): Tensor => {
    const data = new Float32Array(rows * wide);
    for (const [row, column, value] of cells) data[row * wide + column] = value;
    return { shape: [rows, wide], data };
  };
  const each = <T>(n: number, of: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => of(i));
  const firstUnit = heads + 2 * products;
  return {
    left: matrix(
      width,
      products,
      each(products, (p) => [heads + 2 * p, p, 1]),
    ),
    right: matrix(
      width,
      products,
      each(products, (p) => [heads + 2 * p + 1, p, 1]),
    ),
    productWeights: matrix(
      products,
      1,
      each(products, (p) => [p, 0, scale * readouts[1 + p]!]),
    ),
    unit: matrix(
      width,
      units,
      each(units, (j) => [firstUnit + j, j, 1]),
    ),
    unitWeights: matrix(
      units,
      1,
      each(units, (j) => [j, 0, scale * readouts[1 + products + j]!]),
    ),
    paired: matrix(
      width,
      WIDTH - 1,
      each(WIDTH - 1, (k) => [columns + 1 + k, k, 1]),
    ),
    pairWeights: matrix(
      WIDTH - 1,
      1,
      each(WIDTH - 1, (k) => [k, 0, (scale * readouts[0]!) / 2]),
    ),
    plain: matrix(width, 1, [
      [0, 0, scale],
      [columns + WIDTH, 0, (-scale * readouts[0]!) / 2],
    ]),
  };
}

const readoutNodes = (sums: string): OnnxNode[] => [
  node('MatMul', [sums, 'left'], 'lefts'),
  node('MatMul', [sums, 'right'], 'rights'),
  node('Mul', ['lefts', 'rights'], 'products'),
  node('MatMul', ['products', 'productWeights'], 'of_products'),
  node('MatMul', [sums, 'unit'], 'units'),
  node('Relu', ['units'], 'rectified'),
  node('MatMul', ['rectified', 'unitWeights'], 'of_units'),
  node('MatMul', [sums, 'paired'], 'pairs'),
  node('Mul', ['pairs', 'pairs'], 'squares'),
  node('MatMul', ['squares', 'pairWeights'], 'of_pairs'),
  node('MatMul', [sums, 'plain'], 'of_sums'),
  node('Add', ['base', 'of_sums'], 'score_0'),
  node('Add', ['score_0', 'of_products'], 'score_1'),
  node('Add', ['score_1', 'of_units'], 'score_2'),
  node('Add', ['score_2', 'of_pairs'], 'score'),
];
