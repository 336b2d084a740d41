/**
 * Logistic regression by FTRL-Proximal (McMahan et al., "Ad click prediction: a view from the trenches", KDD 2013, algorithm 1):
 * online, with a rate for each coordinate, and sparse through L1. For a coordinate of value x, gradient g = (p − y) x and n = Σ g²:
 *
 *     σ = (√(n + g²) − √n)/α,   z += g − σ w,   n += g²
 *     w = 0 where |z| ≤ λ₁, else −(z − sign(z) λ₁) / ((β + √n)/α + λ₂)
 *
 * Coordinates are slots of a table of 2^bits, by hash: the bias, each category with its column's name, each number's bin, each
 * sparse feature by its index. Instead of by bins a number may be learned by its slope: one coordinate, whose value is how many standard
 * deviations it lies from the mean. Bins, means and deviations of numbers are learned from the first batch.
 */
import { RialtoError } from '../base/errors.ts';
import { hash32, hashPair } from '../base/hash.ts';
import { type BinMap, binOf, learnBins } from './binned-matrix.ts';
import type { Examples, LabelledExamples } from './examples.ts';
import {
  type ClickModel,
  type Learner,
  requireLearnable,
  requireSchema,
  type Schema,
  schemaOf,
  type TrainingSettings,
} from './learner.ts';
import { sigmoid } from './logistic.ts';
import { packModel, unpackModel } from './model-file.ts';

export interface FtrlOptions {
  readonly bits: number;
  readonly alpha: number;
  readonly beta: number;
  readonly l1: number;
  readonly l2: number;
  /** Ranges of each number. */
  readonly binsMax: number;
  /** Numbers by their slopes, and not by ranges. */
  readonly slopes: boolean;
}

export const DEFAULT_FTRL: FtrlOptions = { bits: 20, alpha: 0.05, beta: 1, l1: 0, l2: 5, binsMax: 16, slopes: false };

/** What numbers are measured by where they have slopes. */
interface NumberScales {
  readonly means: Float64Array; // [numbers]
  readonly deviations: Float64Array; // [numbers]
}

const KIND = 'ftrl';
const VERSION = 2;

/** The coordinates of each row. */
export interface HashedRows {
  readonly starts: Int32Array; // [rows + 1]
  readonly slots: Int32Array; // [starts[rows]]
  readonly values: Float32Array; // [starts[rows]]
}

export class FtrlModel implements ClickModel {
  readonly schema: Schema;
  readonly options: FtrlOptions;
  readonly map: BinMap;
  readonly scales: NumberScales;
  readonly #z: Float32Array; // [2^bits]
  readonly #n: Float32Array; // [2^bits]

  constructor(
    { schema, options, map, scales }: Pick<FtrlModel, 'schema' | 'options' | 'map' | 'scales'>,
    z?: Float32Array,
    n?: Float32Array,
  ) {
    this.schema = schema;
    this.options = options;
    this.map = map;
    this.scales = scales;
    this.#z = z ?? new Float32Array(1 << options.bits);
    this.#n = n ?? new Float32Array(1 << options.bits);
  }

  copy(): FtrlModel {
    return new FtrlModel(this, this.#z.slice(), this.#n.slice());
  }

  /** The rows as `learn` and `scoreHashed` take them. */
  hash(examples: Examples): HashedRows {
    return hashRows(examples, this);
  }

  /** One pass, in the order of the rows or in `order`. labels: [rows] */
  learn({ starts, slots, values }: HashedRows, labels: Uint8Array, order?: Int32Array): void {
    const z = this.#z;
    const n = this.#n;
    const { alpha, beta, l1, l2 } = this.options;
    const weights = new Float64Array(256);
    for (let i = 0; i < labels.length; i++) {
      const row = order === undefined ? i : order[i]!;
      const from = starts[row]!;
      const to = starts[row + 1]!;
      let logit = 0;
      for (let at = from; at < to; at++) {
        const slot = slots[at]!;
        const weight = weightOf(z[slot]!, n[slot]!, alpha, beta, l1, l2);
        if (at - from < weights.length) weights[at - from] = weight;
        logit += weight * values[at]!;
      }
      const error = sigmoid(logit) - labels[row]!;
      for (let at = from; at < to; at++) {
        const slot = slots[at]!;
        const g = error * values[at]!;
        const before = n[slot]!;
        const after = before + g * g;
        const kept = at - from < weights.length;
        const weight = kept ? weights[at - from]! : weightOf(z[slot]!, before, alpha, beta, l1, l2);
        z[slot]! += g - ((Math.sqrt(after) - Math.sqrt(before)) / alpha) * weight;
        n[slot] = after;
      }
    }
  }

  scoreHashed({ starts, slots, values }: HashedRows, out: Float64Array): void {
    const z = this.#z;
    const n = this.#n;
    const { alpha, beta, l1, l2 } = this.options;
    for (let row = 0; row + 1 < starts.length; row++) {
      let logit = 0;
      for (let at = starts[row]!; at < starts[row + 1]!; at++)
        logit += weightOf(z[slots[at]!]!, n[slots[at]!]!, alpha, beta, l1, l2) * values[at]!;
      out[row] = logit;
    }
  }

  score(examples: Examples, out: Float64Array): void {
    requireSchema(this.schema, schemaOf(examples));
    this.scoreHashed(this.hash(examples), out);
  }

  pack(): Uint8Array {
    const { dense, ...map } = this.map;
    return packModel({
      kind: KIND,
      version: VERSION,
      info: { schema: this.schema, options: this.options, dense },
      arrays: { ...map, ...this.scales, z: this.#z, n: this.#n },
    });
  }
}

function weightOf(z: number, n: number, alpha: number, beta: number, l1: number, l2: number): number {
  if (z <= l1 && z >= -l1) return 0;
  return (z > 0 ? l1 - z : -l1 - z) / ((beta + Math.sqrt(n)) / alpha + l2);
}

/** For a learner that has seen no examples: what it needs to know of the first. */
export function newFtrl(examples: Examples, options: FtrlOptions): FtrlModel {
  const dense = examples.numbers.map(({ values }) => values);
  const map = learnBins({ rows: examples.rows, dense }, { binsMax: options.binsMax, rowsMin: 1 });
  return new FtrlModel({ schema: schemaOf(examples), options, map, scales: scalesOf(dense) });
}

/** A number without spread tells nothing and has the deviation 0. */
function scalesOf(columns: readonly Float32Array[]): NumberScales {
  const scales = { means: new Float64Array(columns.length), deviations: new Float64Array(columns.length) };
  columns.forEach((values, i) => {
    const known = values.filter((value) => !Number.isNaN(value));
    if (known.length === 0) return;
    const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
    const variance = known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / known.length;
    scales.means[i] = mean;
    scales.deviations[i] = Math.sqrt(variance);
  });
  return scales;
}

const BIAS = 1;
const NUMBERS = 2;
const CATEGORIES = 3;
const SPARSE = 4;
/** In the place of a bin. */
const SLOPE = -1;
/** Outliers are taken for no more, in deviations. */
const FARTHEST = 8;

function hashRows(
  { rows, numbers, categories, sparse }: Examples,
  { map, scales, options }: Pick<FtrlModel, 'map' | 'scales' | 'options'>,
): HashedRows {
  const mask = 2 ** options.bits - 1;
  const fixed = 1 + numbers.length + categories.length;
  const total = rows * fixed + (sparse?.indices.length ?? 0);
  const hashed = {
    starts: new Int32Array(rows + 1),
    slots: new Int32Array(total),
    values: new Float32Array(total).fill(1),
  };
  const { starts, slots, values } = hashed;
  const bias = hashPair(BIAS, BIAS) & mask;
  const numberSalts = numbers.map(({ name }) => hash32(name, NUMBERS));
  const categorySalts = categories.map(({ name }) => hash32(name, CATEGORIES));
  const sparseSalt = hash32('', SPARSE);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    slots[at++] = bias;
    for (let i = 0; i < numbers.length; i++) {
      const value = numbers[i]!.values[row]!;
      const sloping = options.slopes && !Number.isNaN(value);
      if (sloping) values[at] = standardised(value, scales, i);
      slots[at++] = hashPair(numberSalts[i]!, sloping ? SLOPE : binOf(map, i, value)) & mask;
    }
    for (let i = 0; i < categories.length; i++)
      slots[at++] = hashPair(categorySalts[i]!, categories[i]!.values[row]!) & mask;
    if (sparse !== undefined) {
      for (let entry = sparse.starts[row]!; entry < sparse.starts[row + 1]!; entry++) {
        values[at] = sparse.values[entry]!;
        slots[at++] = hashPair(sparseSalt, sparse.indices[entry]!) & mask;
      }
    }
    starts[row + 1] = at;
  }
  return hashed;
}

function standardised(value: number, { means, deviations }: NumberScales, column: number): number {
  if (deviations[column] === 0) return 0;
  return Math.max(-FARTHEST, Math.min(FARTHEST, (value - means[column]!) / deviations[column]!));
}

/** From a stream: each batch is learned from once, in its order, and not kept. */
export function ftrlLearner(options: FtrlOptions = DEFAULT_FTRL): Learner {
  return {
    name: 'FTRL-Proximal',
    streams: true,
    warmStarts: true,
    train(batches: Iterable<LabelledExamples>, { start }: TrainingSettings): ClickModel {
      if (start !== undefined && !(start instanceof FtrlModel))
        throw new RialtoError('bad-model', 'FTRL-Proximal cannot go on from a model of another kind');
      let model = start?.copy();
      const seen = new Set<number>();
      for (const batch of batches) {
        model ??= newFtrl(batch, options);
        requireSchema(model.schema, schemaOf(batch));
        for (const label of batch.labels) seen.add(label);
        model.learn(model.hash(batch), batch.labels);
      }
      const labels = Uint8Array.from(seen);
      if (model === undefined || start === undefined)
        requireLearnable({ rows: labels.length, labels, numbers: [], categories: [] });
      return model!;
    },
    unpack: unpackFtrl,
  };
}

function unpackFtrl(bytes: Uint8Array, schema?: Schema): FtrlModel {
  const { info, arrays } = unpackModel(bytes, KIND, VERSION);
  const trained = info['schema'] as Schema;
  if (schema !== undefined) requireSchema(trained, schema);
  const { edges, edgeStarts, defaults, sparseFeatures, means, deviations, z, n } = arrays as unknown as BinMap &
    NumberScales &
    Record<'z' | 'n', Float32Array>;
  const map = { dense: info['dense'] as number, sparseFeatures, edges, edgeStarts, defaults };
  const options = info['options'] as FtrlOptions;
  if (
    means?.length !== trained.numbers.length ||
    deviations?.length !== means.length ||
    z?.length !== 2 ** options.bits ||
    n?.length !== z.length ||
    !z.every(Number.isFinite) ||
    !n.every(Number.isFinite)
  )
    throw new RialtoError('bad-model', 'the model lacks weights, or holds some that are no numbers');
  return new FtrlModel({ schema: trained, options, map, scales: { means, deviations } }, z, n);
}
