/** The ONNX operators that Rialto evaluates by itself, over tensors of 32-bit floats: what additive, linear, small deep and tree models use. */
import { RialtoError } from '../base/errors.ts';
import { sigmoid } from './logistic.ts';
import type { OnnxNode, Tensor } from './onnx-file.ts';
import { treeSums } from './onnx-trees.ts';

type Operator = (inputs: readonly Tensor[], node: OnnxNode) => readonly Tensor[];

const each =
  (f: (x: number) => number): Operator =>
  ([a]) => [{ shape: a!.shape, data: a!.data.map(f) }];

const pairwise =
  (f: (x: number, y: number) => number): Operator =>
  ([a, b]) => [broadcast(a!, b!, f)];

/** NumPy's rule: shapes are aligned at their ends, and a 1 stretches. */
function broadcast(a: Tensor, b: Tensor, f: (x: number, y: number) => number): Tensor {
  const rank = Math.max(a.shape.length, b.shape.length);
  const left = [...new Array<number>(rank - a.shape.length).fill(1), ...a.shape];
  const right = [...new Array<number>(rank - b.shape.length).fill(1), ...b.shape];
  const shape = left.map((n, i) => {
    if (n !== right[i] && n !== 1 && right[i] !== 1) throw mismatch(a, b);
    return n === 1 ? right[i]! : n;
  });
  const data = new Float32Array(shape.reduce((product, n) => product * n, 1));
  const indexIn = (of: readonly number[], flat: number): number => {
    let rest = flat;
    let index = 0;
    let stride = 1;
    for (let i = rank - 1; i >= 0; i--) {
      const place = rest % shape[i]!;
      rest = (rest - place) / shape[i]!;
      if (of[i] !== 1) index += place * stride;
      stride *= of[i]!;
    }
    return index;
  };
  for (let i = 0; i < data.length; i++) data[i] = f(a.data[indexIn(left, i)]!, b.data[indexIn(right, i)]!);
  return { shape, data };
}

function product(a: Tensor, b: Tensor, [transposeA, transposeB]: readonly [boolean, boolean] = [false, false]): Tensor {
  if (a.shape.length !== 2 || b.shape.length !== 2) throw mismatch(a, b);
  const [rows, inner] = transposeA ? [a.shape[1]!, a.shape[0]!] : [a.shape[0]!, a.shape[1]!];
  const [depth, columns] = transposeB ? [b.shape[1]!, b.shape[0]!] : [b.shape[0]!, b.shape[1]!];
  if (inner !== depth) throw mismatch(a, b);
  const data = new Float32Array(rows * columns);
  const [aRow, aStep] = transposeA ? [1, rows] : [inner, 1];
  const [bColumn, bStep] = transposeB ? [inner, 1] : [1, columns];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      let sum = 0;
      for (let i = 0; i < inner; i++) sum += a.data[row * aRow + i * aStep]! * b.data[column * bColumn + i * bStep]!;
      data[row * columns + column] = sum;
    }
  }
  return { shape: [rows, columns], data };
}

const gemm: Operator = ([a, b, c], { attributes }) => {
  const { alpha = 1, beta = 1, transA = 0, transB = 0 } = attributes as Record<string, number>;
  const ab = product(a!, b!, [transA === 1, transB === 1]);
  const scaled = alpha === 1 ? ab : { shape: ab.shape, data: ab.data.map((x) => alpha * x) };
  return [c === undefined ? scaled : broadcast(scaled, c, (x, y) => x + beta * y)];
};

/** Along the last axis, or the one before it, of two. */
const concat: Operator = (inputs, { attributes }) => {
  const rank = inputs[0]!.shape.length;
  const axis = (Number(attributes['axis'] ?? 1) + rank) % rank;
  if (rank !== 2) throw new RialtoError('bad-model', `Concat of tensors with ${rank} axes is not read: 2 are`);
  if (axis === 0)
    return [
      {
        shape: [inputs.reduce((sum, { shape }) => sum + shape[0]!, 0), inputs[0]!.shape[1]!],
        data: Float32Array.from(inputs.flatMap(({ data }) => [...data])),
      },
    ];
  const rows = inputs[0]!.shape[0]!;
  const width = inputs.reduce((sum, { shape }) => sum + shape[1]!, 0);
  const data = new Float32Array(rows * width);
  let at = 0;
  for (const { shape, data: part } of inputs) {
    for (let row = 0; row < rows; row++)
      data.set(part.subarray(row * shape[1]!, (row + 1) * shape[1]!), row * width + at);
    at += shape[1]!;
  }
  return [{ shape: [rows, width], data }];
};

/** Of rows. */
function softmax({ shape, data }: Tensor): Tensor {
  const width = shape.at(-1)!;
  const out = new Float32Array(data.length);
  for (let from = 0; from < data.length; from += width) {
    const row = data.subarray(from, from + width);
    const most = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const sum = row.reduce((total, x) => total + Math.exp(x - most), 0);
    row.forEach((x, i) => {
      out[from + i] = Math.exp(x - most) / sum;
    });
  }
  return { shape, data: out };
}

function transformed(scores: Tensor, how: unknown): Tensor {
  if (how === undefined || how === 'NONE') return scores;
  if (how === 'LOGISTIC') return { shape: scores.shape, data: scores.data.map(sigmoid) };
  if (how === 'SOFTMAX') return softmax(scores);
  throw new RialtoError('bad-model', `post_transform ${String(how)} is not read`);
}

/** Labels and scores; one column of scores is that of the second class of two. */
function classified(raw: Tensor, how: unknown): readonly Tensor[] {
  const [rows, width] = raw.shape as [number, number];
  const scores = transformed(raw, how);
  const both =
    width > 1
      ? scores
      : {
          shape: [rows, 2],
          data: Float32Array.from({ length: 2 * rows }, (_, i) => {
            const x = scores.data[i >> 1]!;
            return i % 2 === 1 ? x : how === 'LOGISTIC' ? 1 - x : -x;
          }),
        };
  const labels = Float32Array.from({ length: rows }, (_, row) => {
    const of = both.data.subarray(row * both.shape[1]!, (row + 1) * both.shape[1]!);
    return of.indexOf(Math.max(...of));
  });
  return [{ shape: [rows], data: labels }, both];
}

function linear([x]: readonly Tensor[], { attributes }: OnnxNode, targets: number): Tensor {
  const coefficients = Float32Array.from(attributes['coefficients'] as readonly number[]);
  const intercepts = (attributes['intercepts'] ?? []) as readonly number[];
  const width = coefficients.length / targets;
  const sums = product(x!, { shape: [targets, width], data: coefficients }, [false, true]);
  return { shape: sums.shape, data: sums.data.map((sum, i) => sum + (intercepts[i % targets] ?? 0)) };
}

const reshaped: Operator = ([a]) => {
  const rows = a!.shape[0] ?? 1;
  return [{ shape: [rows, rows === 0 ? 0 : a!.data.length / rows], data: a!.data }];
};

/** Rows of a table by their numbers. */
const gather: Operator = ([table, numbers], { attributes }) => {
  const rows = table!.shape[0] ?? 0;
  const width = table!.data.length / Math.max(1, rows);
  if (Number(attributes['axis'] ?? 0) !== 0)
    throw new RialtoError('bad-model', 'Gather is read along the first axis only');
  const data = new Float32Array(numbers!.data.length * width);
  numbers!.data.forEach((number, i) => {
    const row = number < 0 ? rows + number : number;
    if (!(Number.isInteger(row) && row >= 0 && row < rows))
      throw new RialtoError('bad-model', `Gather asks for row ${number} of a table of ${rows}`);
    data.set(table!.data.subarray(row * width, (row + 1) * width), i * width);
  });
  return [{ shape: [...numbers!.shape, ...table!.shape.slice(1)], data }];
};

const scaler: Operator = ([a], { attributes }) => {
  const offset = attributes['offset'] as readonly number[];
  const scale = attributes['scale'] as readonly number[];
  const width = a!.shape.at(-1)!;
  const of = (values: readonly number[], i: number): number => values[values.length === 1 ? 0 : i % width]!;
  return [{ shape: a!.shape, data: a!.data.map((x, i) => (x - of(offset, i)) * of(scale, i)) }];
};

export const ONNX_OPERATORS: Readonly<Record<string, Operator>> = {
  Add: pairwise((x, y) => x + y),
  Sub: pairwise((x, y) => x - y),
  Mul: pairwise((x, y) => x * y),
  Div: pairwise((x, y) => x / y),
  Greater: pairwise((x, y) => (x > y ? 1 : 0)),
  Gather: gather,
  Relu: each((x) => Math.max(0, x)),
  Sigmoid: each(sigmoid),
  Tanh: each(Math.tanh),
  Exp: each(Math.exp),
  Log: each(Math.log),
  Neg: each((x) => -x),
  Identity: ([a]) => [a!],
  Cast: ([a]) => [a!],
  Constant: (_, { attributes }) => [attributes['value'] as Tensor],
  Flatten: reshaped,
  Dropout: ([a]) => [a!],
  MatMul: ([a, b]) => [product(a!, b!)],
  Gemm: gemm,
  Concat: concat,
  Softmax: ([a]) => [softmax(a!)],
  Scaler: scaler,
  LinearRegressor: (inputs, node) => [
    transformed(linear(inputs, node, Number(node.attributes['targets'] ?? 1)), node.attributes['post_transform']),
  ],
  LinearClassifier: (inputs, node) => {
    const classes = Math.max(1, ((node.attributes['intercepts'] ?? [0]) as readonly number[]).length);
    return classified(linear(inputs, node, classes), node.attributes['post_transform']);
  },
  TreeEnsembleRegressor: ([x], { attributes }) => {
    const { aggregate_function: aggregate = 'SUM' } = attributes;
    if (aggregate !== 'SUM')
      throw new RialtoError('bad-model', `trees aggregated by ${String(aggregate)} are not read`);
    return [transformed(treeSums(attributes, 'target', x!), attributes['post_transform'])];
  },
  TreeEnsembleClassifier: ([x], { attributes }) =>
    classified(treeSums(attributes, 'class', x!), attributes['post_transform']),
};

const mismatch = (a: Tensor, b: Tensor): RialtoError =>
  new RialtoError(
    'bad-model',
    `tensors of shapes ${a.shape.join(' × ')} and ${b.shape.join(' × ')} do not fit each other`,
  );
