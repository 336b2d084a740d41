/**
 * ONNX models read and written: the graph, its weights, what goes in and comes out. Field numbers are those of onnx.proto3
 * (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3). Weights are 32-bit floats or integers; others are refused.
 */
import { assert } from '../base/assert.ts';
import { RialtoError } from '../base/errors.ts';
import { ProtoMessage, ProtoWriter } from './protobuf.ts';

export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array; // [product of shape]
}

export type OnnxAttribute = number | string | readonly number[] | readonly string[] | Tensor;

export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

export interface OnnxPort {
  readonly name: string;
  /** 0 where the number is not fixed, such as that of rows. */
  readonly shape: readonly number[];
}

export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[];
  readonly weights: Readonly<Record<string, Tensor>>;
  readonly inputs: readonly OnnxPort[];
  readonly outputs: readonly OnnxPort[];
}

const FLOAT = 1;
const INT64 = 7;
const INT32 = 6;
const DOUBLE = 11;
const IR_VERSION = 8;
const OPSET = 13;
/** Operators that classical models are made of are kept apart. */
const TREES = /^TreeEnsemble/;
const TREES_DOMAIN = 'ai.onnx.ml';
const TREES_OPSET = 3;

/** Throws `bad-file`, `bad-model`. */
export function readOnnx(bytes: Uint8Array): OnnxGraph {
  const graph = new ProtoMessage(bytes).bytes(7);
  if (graph === undefined) throw new RialtoError('bad-file', 'the file holds no ONNX graph');
  const message = new ProtoMessage(graph);
  const weights = Object.fromEntries(
    message.messages(5).map((tensor) => [tensor.text(8) ?? '', tensorOf(tensor)] as const),
  );
  return {
    nodes: message.messages(1).map(nodeOf),
    weights,
    inputs: message
      .messages(11)
      .map(portOf)
      .filter(({ name }) => weights[name] === undefined),
    outputs: message.messages(12).map(portOf),
  };
}

function nodeOf(node: ProtoMessage): OnnxNode {
  const attributes = node.messages(5).map((attribute) => {
    const name = attribute.text(1) ?? '';
    return [name, attributeOf(attribute, name)] as const;
  });
  return {
    op: node.text(4) ?? '',
    inputs: node.texts(1),
    outputs: node.texts(2),
    attributes: Object.fromEntries(attributes),
  };
}

/** By its type: FLOAT 1, INT 2, STRING 3, TENSOR 4, FLOATS 6, INTS 7, STRINGS 8. */
function attributeOf(attribute: ProtoMessage, name: string): OnnxAttribute {
  switch (attribute.number(20)) {
    case 1:
      return attribute.number(2) ?? 0;
    case 2:
      return attribute.number(3) ?? 0;
    case 3:
      return attribute.text(4) ?? '';
    case 4:
      return tensorOf(new ProtoMessage(attribute.bytes(5) ?? new Uint8Array(0)));
    case 6:
      return attribute.floats(7);
    case 7:
      return attribute.integers(8);
    case 8:
      return attribute.texts(9);
    default:
      throw new RialtoError('bad-model', `the ONNX attribute ${name} is of a kind that Rialto does not read`);
  }
}

function tensorOf(tensor: ProtoMessage): Tensor {
  const shape = tensor.integers(1);
  const type = tensor.number(2);
  const raw = tensor.bytes(9);
  const size = shape.reduce((product, n) => product * n, 1);
  let data: Float32Array;
  if (raw !== undefined) data = fromRaw(raw, type);
  else if (type === FLOAT) data = Float32Array.from(tensor.floats(4));
  else if (type === INT32) data = Float32Array.from(tensor.integers(5));
  else if (type === INT64) data = Float32Array.from(tensor.integers(7));
  else throw unreadable(type);
  if (data.length !== size)
    throw new RialtoError(
      'bad-model',
      `the weight ${tensor.text(8)} has ${data.length} values for the shape ${shape.join(' × ')}`,
    );
  if (!data.every(Number.isFinite))
    throw new RialtoError('bad-model', `the weight ${tensor.text(8)} holds values that are no numbers`);
  return { shape, data };
}

function fromRaw(raw: Uint8Array, type: number | undefined): Float32Array {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const read = (width: number, get: (at: number) => number): Float32Array =>
    Float32Array.from({ length: Math.floor(raw.length / width) }, (_, i) => get(i * width));
  if (type === FLOAT) return read(4, (at) => view.getFloat32(at, true));
  if (type === DOUBLE) return read(8, (at) => view.getFloat64(at, true));
  if (type === INT64) return read(8, (at) => Number(view.getBigInt64(at, true)));
  if (type === INT32) return read(4, (at) => view.getInt32(at, true));
  throw unreadable(type);
}

const unreadable = (type: number | undefined): RialtoError =>
  new RialtoError(
    'bad-model',
    `the ONNX model holds weights of type ${type}: Rialto reads float, double, int32 and int64`,
  );

function portOf(port: ProtoMessage): OnnxPort {
  const type = port.messages(2)[0]?.messages(1)[0];
  const shape =
    type
      ?.messages(2)[0]
      ?.messages(1)
      .map((dimension) => dimension.number(1) ?? 0) ?? [];
  return { name: port.text(1) ?? '', shape };
}

/** Rows are not fixed: a 0 in a port's shape. */
export function writeOnnx({ nodes, weights, inputs, outputs }: OnnxGraph): Uint8Array {
  const graph = new ProtoWriter();
  for (const node of nodes) graph.message(1, nodeMessage(node));
  graph.text(2, 'rialto');
  for (const [name, weight] of Object.entries(weights)) graph.message(5, tensorMessage(name, weight));
  for (const port of inputs) graph.message(11, portMessage(port));
  for (const port of outputs) graph.message(12, portMessage(port));
  const file = new ProtoWriter()
    .integer(1, IR_VERSION)
    .text(2, 'rialto')
    .message(7, graph)
    .message(8, new ProtoWriter().text(1, '').integer(2, OPSET));
  if (nodes.some(({ op }) => TREES.test(op)))
    file.message(8, new ProtoWriter().text(1, TREES_DOMAIN).integer(2, TREES_OPSET));
  return file.finish();
}

function nodeMessage({ op, inputs, outputs, attributes }: OnnxNode): ProtoWriter {
  const node = new ProtoWriter();
  for (const input of inputs) node.text(1, input);
  for (const output of outputs) node.text(2, output);
  node.text(4, op);
  for (const [name, value] of Object.entries(attributes)) node.message(5, attributeMessage(name, value));
  if (TREES.test(op)) node.text(7, TREES_DOMAIN);
  return node;
}

/** Lists that are floats even where all of their values are whole; single numbers are integers. */
const FLOAT_LISTS = new Set(['nodes_values', 'target_weights', 'base_values']);

/** By its type: INT 2, STRING 3, FLOATS 6, INTS 7, STRINGS 8; no others are written. */
function attributeMessage(name: string, value: OnnxAttribute): ProtoWriter {
  const message = new ProtoWriter().text(1, name);
  if (typeof value === 'number') return message.integer(3, value).integer(20, 2);
  if (typeof value === 'string') return message.text(4, value).integer(20, 3);
  assert(Array.isArray(value), `attribute ${name} is of a kind that is not written`);
  for (const one of value)
    if (typeof one === 'string') message.text(9, one);
    else if (FLOAT_LISTS.has(name)) message.float(7, one);
    else message.integer(8, one);
  return message.integer(20, FLOAT_LISTS.has(name) ? 6 : typeof value[0] === 'string' ? 8 : 7);
}

function tensorMessage(name: string, { shape, data }: Tensor): ProtoWriter {
  const tensor = new ProtoWriter();
  for (const n of shape) tensor.integer(1, n);
  return tensor
    .integer(2, FLOAT)
    .text(8, name)
    .bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function portMessage({ name, shape }: OnnxPort): ProtoWriter {
  const dimensions = new ProtoWriter();
  for (const n of shape)
    dimensions.message(1, n === 0 ? new ProtoWriter().text(2, 'rows') : new ProtoWriter().integer(1, n));
  const tensor = new ProtoWriter().integer(1, FLOAT).message(2, dimensions);
  return new ProtoWriter().text(1, name).message(2, new ProtoWriter().message(1, tensor));
}
