/**
 * Logistic regression whose coefficients are random effects (a generalised linear mixed model): those of each block b (a field's values,
 * a number's ranges) are normal around 0 with a variance of the block's own, learned from the same rows (empirical Bayes), so that
 * fields that tell nothing fade away, however many values they have, and those that tell keep what they tell:
 *
 *     z = c + Σ w_v x_v,   w_v ~ N(0, τ_b)   the mode is found block by block, by Newton's steps
 *     τ_b = (Σ w_v² + 2 s) / (γ_b + 2),   γ_b = Σ h_v / (h_v + 1/τ_b)   (MacKay, "Bayesian interpolation", 1992)
 *
 * with h_v the data's curvature for w_v, γ_b how many coefficients the data tell well, and s the scale of an inverse gamma prior of
 * shape 1. Learns from a table in sweeps, not from a stream; pairs of fields are left to trees and networks.
 */
import { RialtoError } from '../base/errors.ts';
import type { TypedArray } from '../base/typed-array.ts';
import type { BinMap } from './binned-matrix.ts';
import {
  blockSizes,
  blocksOf,
  type CountSlope,
  type EffectBlock,
  type EffectMap,
  learnEffectMap,
} from './effect-blocks.ts';
import type { Examples, LabelledExamples } from './examples.ts';
import {
  type ClickModel,
  gatherBatches,
  type Learner,
  requireLearnable,
  requireSchema,
  type Schema,
  schemaOf,
} from './learner.ts';
import { logitOf, sigmoid } from './logistic.ts';
import { packModel, unpackModel } from './model-file.ts';
import { type PackedCounts, packCounts, unpackCounts } from './target-encoding.ts';

export interface EffectOptions {
  /** Ranges of each number. */
  readonly binsMax: number;
  /** s above: the smaller, the more the blocks' variances may differ. */
  readonly scale: number;
}

const DEFAULT_EFFECTS: EffectOptions = { binsMax: 8, scale: 0.05 };

const SWEEPS_MAX = 30;
/** Sweeps before variances are learned, and at least in all. */
const SWEEPS = { first: 2, min: 6 };
const STEP_MAX = 1;
/** No more sweeps once no coefficient moved by more. */
const STEP_MIN = 2e-3;
const VARIANCE = { start: 0.1, min: 1e-4, max: 9, slope: 0.1 };

const KIND = 'random-effects';
const VERSION = 1;

export class EffectsModel implements ClickModel {
  readonly schema: Schema;
  readonly options: EffectOptions;
  readonly map: EffectMap;
  readonly intercept: number;
  /** Of all blocks, one after the other. */
  readonly weights: Float64Array;

  constructor({
    schema,
    options,
    map,
    intercept,
    weights,
  }: Pick<EffectsModel, 'schema' | 'options' | 'map' | 'intercept' | 'weights'>) {
    this.schema = schema;
    this.options = options;
    this.map = map;
    this.intercept = intercept;
    this.weights = weights;
  }

  score(examples: Examples, out: Float64Array): void {
    requireSchema(this.schema, schemaOf(examples));
    out.fill(this.intercept, 0, examples.rows);
    let from = 0;
    for (const block of blocksOf(this.map, examples, false)) {
      const weights = this.weights.subarray(from, from + block.size);
      for (let row = 0; row < examples.rows; row++) out[row]! += sumOf(block, row, weights);
      from += block.size;
    }
  }

  pack(): Uint8Array {
    const { bins, counts, sparseWidth, slopes } = this.map;
    const { dense, ...ranges } = bins;
    const known = packCounts(counts);
    const { schema, options, intercept, weights } = this;
    return packModel({
      kind: KIND,
      version: VERSION,
      info: { schema, options, intercept, dense, counts: known.info, sparseWidth, slopes },
      arrays: { ...ranges, ...known.arrays, weights },
    });
  }
}

function sumOf({ starts, levels, values }: EffectBlock, row: number, weights: Float64Array): number {
  let sum = 0;
  for (let at = starts[row]!; at < starts[row + 1]!; at++)
    if (levels[at] !== -1) sum += weights[levels[at]!]! * (values === undefined ? 1 : values[at]!);
  return sum;
}

/** Throws `bad-training-data`. */
export function trainEffects(examples: LabelledExamples, options: EffectOptions = DEFAULT_EFFECTS): EffectsModel {
  requireLearnable(examples);
  const map = learnEffectMap(examples, options.binsMax);
  const fitting = new Fitting(examples.labels, blocksOf(map, examples, true), options);
  for (let sweep = 0; sweep < SWEEPS_MAX; sweep++)
    if (fitting.sweep(sweep >= SWEEPS.first) < STEP_MIN && sweep + 1 >= SWEEPS.min) break;
  const { intercept, weights } = fitting;
  return new EffectsModel({ schema: schemaOf(examples), options, map, intercept, weights });
}

/** The coefficients while they are looked for. */
class Fitting {
  intercept: number;
  readonly weights: Float64Array;
  readonly #labels: Uint8Array;
  readonly #blocks: readonly EffectBlock[];
  readonly #options: EffectOptions;
  readonly #variances: Float64Array; // [blocks]
  readonly #logits: Float64Array; // [rows]
  readonly #probabilities: Float64Array; // [rows]

  constructor(labels: Uint8Array, blocks: readonly EffectBlock[], options: EffectOptions) {
    this.#labels = labels;
    this.#blocks = blocks;
    this.#options = options;
    this.#variances = Float64Array.from(blocks, ({ slope }) => (slope ? VARIANCE.slope : VARIANCE.start));
    const share = labels.reduce((sum, label) => sum + label, 0) / labels.length;
    this.intercept = logitOf(share);
    this.weights = new Float64Array(blocks.reduce((sum, { size }) => sum + size, 0));
    this.#logits = new Float64Array(labels.length).fill(this.intercept);
    this.#probabilities = new Float64Array(labels.length).fill(share);
  }

  /** All blocks once; how far the coefficient went that went farthest. */
  sweep(learnVariances: boolean): number {
    let farthest = Math.abs(this.#moveIntercept());
    let from = 0;
    this.#blocks.forEach((block, i) => {
      const weights = this.weights.subarray(from, from + block.size);
      const { gradient, curvature, bound } = this.#derivatives(block);
      const precision = 1 / this.#variances[i]!;
      // From here on, `gradient` holds the steps.
      for (let v = 0; v < block.size; v++) {
        const step = curvature[v] === 0 ? 0 : (gradient[v]! - precision * weights[v]!) / (bound[v]! + precision);
        gradient[v] = Math.max(-STEP_MAX, Math.min(STEP_MAX, step));
        weights[v]! += gradient[v]!;
        farthest = Math.max(farthest, Math.abs(gradient[v]!));
      }
      this.#move(block, gradient);
      if (block.values === undefined) this.#centre(weights, curvature);
      if (learnVariances && !block.slope)
        this.#variances[i] = nextVariance(weights, curvature, precision, this.#options.scale);
      from += block.size;
    });
    return farthest;
  }

  /** What all of a field's values have in common is the intercept's: the same log-odds, and nearer to the prior. */
  #centre(weights: Float64Array, curvature: Float64Array): void {
    let sum = 0;
    let known = 0;
    for (let v = 0; v < weights.length; v++) {
      sum += weights[v]!;
      if (curvature[v] !== 0) known++;
    }
    for (let v = 0; v < weights.length; v++) if (curvature[v] !== 0) weights[v]! -= sum / known;
    this.intercept += sum / known;
  }

  #moveIntercept(): number {
    let gradient = 0;
    let curvature = 0;
    for (let row = 0; row < this.#labels.length; row++) {
      const p = this.#probabilities[row]!;
      gradient += this.#labels[row]! - p;
      curvature += p * (1 - p);
    }
    const step = Math.max(-STEP_MAX, Math.min(STEP_MAX, gradient / Math.max(curvature, Number.MIN_VALUE)));
    this.intercept += step;
    for (let row = 0; row < this.#labels.length; row++) this.#shift(row, step);
    return step;
  }

  /** `bound`: what the curvature is at most where all coefficients of a row move at once. */
  #derivatives({ size, starts, levels, values }: EffectBlock) {
    const gradient = new Float64Array(size);
    const curvature = new Float64Array(size);
    const bound = values === undefined ? curvature : new Float64Array(size);
    for (let row = 0; row < this.#labels.length; row++) {
      const p = this.#probabilities[row]!;
      const error = this.#labels[row]! - p;
      const spread = p * (1 - p);
      if (values === undefined) {
        gradient[levels[row]!]! += error;
        curvature[levels[row]!]! += spread;
        continue;
      }
      let total = 0;
      for (let at = starts[row]!; at < starts[row + 1]!; at++) total += Math.abs(values[at]!);
      for (let at = starts[row]!; at < starts[row + 1]!; at++) {
        gradient[levels[at]!]! += error * values[at]!;
        curvature[levels[at]!]! += spread * values[at]! * values[at]!;
        bound[levels[at]!]! += spread * Math.abs(values[at]!) * total;
      }
    }
    return { gradient, curvature, bound };
  }

  #move(block: EffectBlock, steps: Float64Array): void {
    for (let row = 0; row < this.#labels.length; row++) this.#shift(row, sumOf(block, row, steps));
  }

  #shift(row: number, by: number): void {
    if (by === 0) return;
    this.#logits[row]! += by;
    this.#probabilities[row] = sigmoid(this.#logits[row]!);
  }
}

function nextVariance(weights: Float64Array, curvature: Float64Array, precision: number, scale: number): number {
  let squares = 0;
  let told = 0;
  for (let v = 0; v < weights.length; v++) {
    squares += weights[v]! * weights[v]!;
    told += curvature[v]! / (curvature[v]! + precision);
  }
  return Math.max(VARIANCE.min, Math.min(VARIANCE.max, (squares + 2 * scale) / (told + 2)));
}

export function effectsLearner(options: EffectOptions = DEFAULT_EFFECTS): Learner {
  return {
    name: 'random effects',
    streams: false,
    warmStarts: false,
    train(batches, { start }) {
      if (start !== undefined)
        throw new RialtoError('bad-model', 'random effects cannot go on from a model: train them on all examples');
      return trainEffects(gatherBatches(batches), options);
    },
    unpack: unpackEffects,
  };
}

function unpackEffects(bytes: Uint8Array, schema?: Schema): EffectsModel {
  const { info, arrays } = unpackModel(bytes, KIND, VERSION);
  const trained = info['schema'] as Schema;
  if (schema !== undefined) requireSchema(trained, schema);
  const { edges, edgeStarts, defaults, sparseFeatures, weights } = arrays as unknown as BinMap & {
    weights?: Float64Array;
  };
  const map: EffectMap = {
    bins: { dense: info['dense'] as number, sparseFeatures, edges, edgeStarts, defaults },
    counts: unpackCounts(info['counts'] as PackedCounts['info'], arrays as Record<string, TypedArray>),
    sparseWidth: info['sparseWidth'] as number,
    slopes: info['slopes'] as CountSlope[],
  };
  const coefficients = blockSizes(map).reduce((sum, size) => sum + size, 0);
  if (weights?.length !== coefficients || !weights.every(Number.isFinite))
    throw new RialtoError('bad-model', 'the model lacks weights, or holds some that are no numbers');
  const options = info['options'] as EffectOptions;
  return new EffectsModel({ schema: trained, options, map, intercept: info['intercept'] as number, weights });
}
