/**
 * A network over embeddings (deep-network.ts) as parts of an ONNX graph. A number's range is a sum of steps over its edges e_j, so that
 * what its ranges add (projected-network.ts) is
 *
 *     p(x) = p_1 + Σ_j [x > e_j] (p_{j+1} − p_j)
 *
 * and identities are rows of tables by number, 0 for what the network does not know. What all heads share is written once; each head
 * then adds its own readout of it to a score. `prefix` tells the parts of several networks apart.
 */
import type { DeepModel } from './deep-clicks.ts';
import { OWN_IDENTITY } from './deep-ranking.ts';
import { WIDTH } from './embedding-rows.ts';
import { readoutsOf } from './network-layout.ts';
import type { OnnxNode, Tensor } from './onnx-file.ts';
import { ProjectedNetwork } from './projected-network.ts';

export interface OnnxParts {
  readonly nodes: readonly OnnxNode[];
  readonly weights: Readonly<Record<string, Tensor>>;
}

export interface NetworkPart {
  readonly network: DeepModel;
  /** The columns of the input `identities`, and of each the value of every number from 1 on; 0 where the network does not know it. */
  readonly values: ReadonlyMap<string, readonly number[]>;
  readonly prefix: string;
}

export const onnxNode = (
  op: string,
  inputs: string[],
  output: string,
  attributes: OnnxNode['attributes'] = {},
): OnnxNode => ({ op, inputs, outputs: [output], attributes });

const INT64 = 7;

/** But whether the buyer has it already, which is an input of its own. */
const identitiesOf = ({ schema }: DeepModel): readonly string[] => schema.categories.slice(1);

/** From the column `column` of `identities` [rows × width] the rows of `table`, as `output`. */
export function rowsByNumber(
  { column, width, table }: { readonly column: number; readonly width: number; readonly table: Tensor },
  output: string,
): OnnxParts {
  const pick = Float32Array.from({ length: width }, (_, other) => (other === column ? 1 : 0));
  return {
    weights: { [`${output}_table`]: table, [`${output}_pick`]: { shape: [width, 1], data: pick } },
    nodes: [
      onnxNode('MatMul', ['identities', `${output}_pick`], `${output}_number`),
      onnxNode('Cast', [`${output}_number`], `${output}_index`, { to: INT64 }),
      onnxNode('Gather', [`${output}_table`, `${output}_index`], `${output}_rows`),
      onnxNode('Flatten', [`${output}_rows`], output),
    ],
  };
}

/** From features, own and identities: the sums of all fields, and what is made of them alike for all heads. */
export function sharedParts({ network, values, prefix }: NetworkPart): OnnxParts {
  const projected = new ProjectedNetwork(network);
  const { width } = projected;
  const name = (what: string): string => `${prefix}${what}`;
  let nodes: OnnxNode[] = [
    onnxNode('MatMul', ['features', name('edgeOf')], name('spread_features')),
    onnxNode('Greater', [name('spread_features'), name('edges')], name('above')),
    onnxNode('Cast', [name('above')], name('steps'), { to: 1 }),
    onnxNode('Gemm', [name('steps'), name('rises'), name('floor')], name('sums_numbers')),
    onnxNode('MatMul', ['own', name('bought')], name('sums_own')),
    onnxNode('Add', [name('sums_numbers'), name('sums_own')], name('sums_0')),
  ];
  let weights = {
    ...named(stepWeights(network, projected), prefix),
    ...named(partWeights(network, projected), prefix),
  };
  const columns = [...values.keys()];
  const identities = identitiesOf(network);
  identities.forEach((identity, i) => {
    const rows = [0, ...values.get(identity)!];
    const table = new Float64Array(rows.length * width);
    rows.forEach((value, row) => {
      projected.addCategory(1 + i, value, table, row * width);
    });
    const data = Float32Array.from(table);
    const of = rowsByNumber(
      { column: columns.indexOf(identity), width: columns.length, table: { shape: [rows.length, width], data } },
      name(`sums_of_${i}`),
    );
    weights = { ...weights, ...of.weights };
    nodes = [...nodes, ...of.nodes, onnxNode('Add', [name(`sums_${i}`), name(`sums_of_${i}`)], name(`sums_${i + 1}`))];
  });
  const sums = name(`sums_${identities.length}`);
  nodes = [
    ...nodes,
    onnxNode('MatMul', [sums, name('left')], name('lefts')),
    onnxNode('MatMul', [sums, name('right')], name('rights')),
    onnxNode('Mul', [name('lefts'), name('rights')], name('products')),
    onnxNode('MatMul', [sums, name('unit')], name('units')),
    onnxNode('Relu', [name('units')], name('rectified')),
    onnxNode('MatMul', [sums, name('paired')], name('pairs')),
    onnxNode('Mul', [name('pairs'), name('pairs')], name('squares')),
  ];
  return { nodes, weights };
}

/** Adds scale · z of a head of `part` to `base`, as `output`. */
export function headParts(
  { network, prefix }: NetworkPart,
  head: number,
  scale: number,
  { base, output }: { readonly base: string; readonly output: string },
): OnnxParts {
  const own = (what: string): string => `${output}_${what}`;
  return {
    weights: named(headWeights(network, head, scale), `${output}_`),
    nodes: [
      onnxNode('MatMul', [`${prefix}products`, own('productWeights')], own('of_products')),
      onnxNode('MatMul', [`${prefix}rectified`, own('unitWeights')], own('of_units')),
      onnxNode('MatMul', [`${prefix}squares`, own('pairWeights')], own('of_pairs')),
      onnxNode('MatMul', [`${prefix}sums_${identitiesOf(network).length}`, own('plain')], own('of_sums')),
      onnxNode('Add', [base, own('of_sums')], own('0')),
      onnxNode('Add', [own('0'), own('of_products')], own('1')),
      onnxNode('Add', [own('1'), own('of_units')], own('2')),
      onnxNode('Add', [own('2'), own('of_pairs')], output),
    ],
  };
}

const named = (weights: Readonly<Record<string, Tensor>>, prefix: string): Record<string, Tensor> =>
  Object.fromEntries(Object.entries(weights).map(([name, tensor]) => [`${prefix}${name}`, tensor]));

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

type Cell = readonly [row: number, column: number, value: number];

function matrix(rows: number, wide: number, cells: readonly Cell[]): Tensor {
  const data = new Float32Array(rows * wide);
  for (const [row, column, value] of cells) data[row * wide + column] = value;
  return { shape: [rows, wide], data };
}

const cells = (n: number, of: (i: number) => Cell): Cell[] => Array.from({ length: n }, (_, i) => of(i));

/** Which of the sums take which part in z, whatever the head. */
function partWeights({ network }: DeepModel, { width }: ProjectedNetwork): Record<string, Tensor> {
  const { columns, shape } = network;
  const { heads, products, units } = shape;
  const firstUnit = heads + 2 * products;
  return {
    left: matrix(
      width,
      products,
      cells(products, (p) => [heads + 2 * p, p, 1]),
    ),
    right: matrix(
      width,
      products,
      cells(products, (p) => [heads + 2 * p + 1, p, 1]),
    ),
    unit: matrix(
      width,
      units,
      cells(units, (j) => [firstUnit + j, j, 1]),
    ),
    paired: matrix(
      width,
      WIDTH - 1,
      cells(WIDTH - 1, (k) => [columns + 1 + k, k, 1]),
    ),
  };
}

/** What a head makes of the parts. */
function headWeights({ network }: DeepModel, head: number, scale: number): Record<string, Tensor> {
  const { dense, columns, inputs, shape } = network;
  const { products, units } = shape;
  const readouts = dense.subarray((inputs + 1) * columns + head * readoutsOf(shape));
  return {
    productWeights: matrix(
      products,
      1,
      cells(products, (p) => [p, 0, scale * readouts[1 + p]!]),
    ),
    unitWeights: matrix(
      units,
      1,
      cells(units, (j) => [j, 0, scale * readouts[1 + products + j]!]),
    ),
    pairWeights: matrix(
      WIDTH - 1,
      1,
      cells(WIDTH - 1, (k) => [k, 0, (scale * readouts[0]!) / 2]),
    ),
    plain: matrix(columns + WIDTH + 1, 1, [
      [head, 0, scale],
      [columns + WIDTH, 0, (-scale * readouts[0]!) / 2],
    ]),
  };
}
