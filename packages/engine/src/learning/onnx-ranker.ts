/**
 * A ranker that was trained elsewhere: an ONNX graph, with which of our features goes into which of its inputs and which output is the score.
 * As bytes it is a model file of its own kind that holds the ONNX file as it came.
 */
import { RialtoError } from '../base/errors.ts';
import { type AdditiveModel, cellOf, type FeatureRows } from './additive-model.ts';
import { logitOf } from './logistic.ts';
import { packModel, unpackModel } from './model-file.ts';
import { evaluateOnnx, requireOperators } from './onnx-evaluator.ts';
import { type OnnxGraph, readOnnx, type Tensor } from './onnx-file.ts';

export const ONNX_KIND = 'onnx';
const VERSION = 1;
/** Names, beside the features, what tells the buyer's own listings from others: 1 or 0. */
export const OWN = 'own';

export interface OnnxMapping {
  /** Of each input of the graph, the features in the order of its columns. */
  readonly inputs: readonly { readonly name: string; readonly features: readonly string[] }[];
  readonly output: string;
  /** Of the output; the last one where absent: of two classes, the second. */
  readonly column?: number;
  /** What the output is: log-odds, or a probability, whose log-odds rank. */
  readonly link: 'log-odds' | 'probability';
}

/** Keeps a certain prediction's log-odds finite. */
const CERTAINTY = 1e-7;
/** What is no number ranks as the least of these. */
const LOG_ODDS_MAX = 1e6;
/** Of a trial: a graph whose weights fit one number of rows fits no other. */
const TRIAL_ROWS = [1, 3];

export class OnnxRanker {
  readonly bytes: Uint8Array;
  readonly mapping: OnnxMapping;
  readonly #graph: OnnxGraph;
  /** Of each input, columns of the features; −1 is `own`. */
  readonly #columns: readonly (readonly number[])[];

  /** Throws `bad-model`. */
  constructor(bytes: Uint8Array, features: readonly string[]) {
    const { info, arrays } = unpackModel(bytes, ONNX_KIND, VERSION);
    this.bytes = bytes;
    this.mapping = info['mapping'] as OnnxMapping;
    this.#graph = readOnnx(arrays['onnx'] as Uint8Array);
    requireOperators(this.#graph);
    requireFit(this.#graph, this.mapping);
    this.#columns = this.mapping.inputs.map(({ features: named }) =>
      named.map((name) => {
        const column = features.indexOf(name);
        if (column >= 0 || name === OWN) return column;
        throw new RialtoError('bad-model', `there is no feature ${name}: there are ${features.join(', ')}, ${OWN}`);
      }),
    );
    this.#tryOut();
  }

  /** What cannot be evaluated is refused here, so that no decision meets it. */
  #tryOut(): void {
    for (const rows of TRIAL_ROWS) {
      const inputs = this.mapping.inputs.map(({ name, features }) => {
        const shape = [rows, features.length];
        return [name, { shape, data: new Float32Array(rows * features.length) }] as const;
      });
      const scores = this.#evaluated(Object.fromEntries(inputs));
      if (scores.length !== rows)
        throw new RialtoError(
          'bad-model',
          `the ONNX model gives ${scores.length} scores for ${rows} rows; it must give one for each`,
        );
    }
  }

  #evaluated(inputs: Readonly<Record<string, Tensor>>): Float32Array {
    try {
      return this.evaluate(inputs);
    } catch (error) {
      if (error instanceof RialtoError) throw error;
      const { message } = error as Error;
      throw new RialtoError('bad-model', `the ONNX model cannot be evaluated: ${message}; check it with its exporter`);
    }
  }

  /** The log-odds of each row. out: [rows] */
  score({ columns, gates, rows }: FeatureRows, out: Float64Array): void {
    const inputs = this.mapping.inputs.map(({ name }, input) => {
      const from = this.#columns[input]!;
      const data = new Float32Array(rows * from.length);
      from.forEach((column, at) => {
        for (let row = 0; row < rows; row++)
          data[row * from.length + at] = column < 0 ? gates[row]! : cellOf(columns[column]!, row);
      });
      return [name, { shape: [rows, from.length], data }] as const;
    });
    const scores = this.evaluate(Object.fromEntries(inputs));
    for (let row = 0; row < rows; row++)
      out[row] = this.mapping.link === 'probability' ? boundedLogit(scores[row]!) : finite(scores[row]!);
  }

  /** The output's column, as the graph gives it. [rows] */
  evaluate(inputs: Readonly<Record<string, Tensor>>): Float32Array {
    const { output, column } = this.mapping;
    const found = evaluateOnnx(this.#graph, inputs)[output];
    if (found === undefined)
      throw new RialtoError('bad-model', `no operator of the ONNX model makes its output ${output}`);
    const width = found.shape.length < 2 ? 1 : found.shape.at(-1)!;
    const at = column ?? width - 1;
    if (at >= width)
      throw new RialtoError('bad-model', `the output ${output} has ${width} columns, and none numbered ${at}`);
    return Float32Array.from({ length: found.data.length / width }, (_, row) => found.data[row * width + at]!);
  }
}

export function packOnnx(onnx: Uint8Array, mapping: OnnxMapping): Uint8Array {
  return packModel({ kind: ONNX_KIND, version: VERSION, info: { mapping }, arrays: { onnx } });
}

/** What explanations see of it: a model in which no feature has an effect, because which has one is not known. */
export const withoutEffects = ({ features, bias, lines }: AdditiveModel): AdditiveModel => ({
  features,
  bias: new Float32Array(bias.length),
  lines: new Float32Array(lines.length),
});

function requireFit({ inputs, outputs }: OnnxGraph, mapping: OnnxMapping): void {
  const asked = inputs.map(({ name }) => name);
  const given = mapping.inputs.map(({ name }) => name);
  if (asked.length !== given.length || asked.some((name) => !given.includes(name)))
    throw new RialtoError(
      'bad-model',
      `the ONNX model reads ${asked.join(', ')}, but features are given for ${given.join(', ')}`,
    );
  for (const { name, shape } of inputs) {
    const { features } = mapping.inputs.find((input) => input.name === name)!;
    const width = shape.at(-1) ?? 0;
    if (shape.length !== 2 || (width > 0 && width !== features.length))
      throw new RialtoError(
        'bad-model',
        `the ONNX input ${name} is ${shape.join(' × ')}, but ${features.length} features are given for it`,
      );
  }
  if (!outputs.some(({ name }) => name === mapping.output))
    throw new RialtoError(
      'bad-model',
      `the ONNX model has no output ${mapping.output}: it has ${outputs.map(({ name }) => name).join(', ')}`,
    );
}

const finite = (x: number): number =>
  Number.isNaN(x) ? -LOG_ODDS_MAX : Math.min(LOG_ODDS_MAX, Math.max(-LOG_ODDS_MAX, x));

const boundedLogit = (p: number): number =>
  logitOf(Number.isNaN(p) ? CERTAINTY : Math.min(1 - CERTAINTY, Math.max(CERTAINTY, p)));
