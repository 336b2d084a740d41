/**
 * Clicks by a network over embeddings (deep-network.ts): one pass over a stream, with several heads where there are several kinds of
 * labels (click, cart, purchase, hide). What was seen need not be what happened: `observation.ts` says what a label tells of the
 * probability that is wanted. Without products and units the same is a factorisation machine.
 */
import { RialtoError } from '../base/errors.ts';
import type { BinMap } from './binned-matrix.ts';
import { DeepNetwork, type LearningRates } from './deep-network.ts';
import { ROW_NUMBERS, WIDTH } from './embedding-rows.ts';
import type { Examples, LabelledExamples } from './examples.ts';
import { addressRows, constantNumbers, type FieldSlots, learnFieldSlots, sparseRow, tableRows } from './field-slots.ts';
import {
  type ClickModel,
  type Learner,
  requireLearnable,
  requireSchema,
  type Schema,
  schemaOf,
  type TrainingSettings,
} from './learner.ts';
import { logitOf } from './logistic.ts';
import { packModel, unpackModel } from './model-file.ts';
import { type NetworkShape, SHARD_ROWS, SHARDS } from './network-layout.ts';
import { gradientOf, type Observation, UNKNOWN } from './observation.ts';
import { bagsOf } from './sparse-bags.ts';

export interface DeepOptions extends LearningRates {
  /** Categories share 2^bits rows. */
  readonly bits: number;
  /** Ranges of each number. */
  readonly binsMax: number;
  readonly products: number;
  readonly units: number;
  /** Names of what is predicted. */
  readonly heads: readonly string[];
}

export const DEFAULT_DEEP: DeepOptions = {
  bits: 20,
  binsMax: 16,
  products: 12,
  units: 7,
  tableRate: 0.1,
  denseRate: 0.05,
  caution: 2,
  heads: ['click'],
};

const KIND = 'deep-clicks';
const VERSION = 2;

/** One of several who learn together in one memory. */
export interface Crew {
  readonly member: number;
  readonly members: number;
  /** Returns when every member has called it. */
  readonly meet: () => void;
}

const ALONE: Crew = { member: 0, members: 1, meet: () => {} };

/** How many examples the next step learns from: few at first, as what they pull on together is far from where it will be. */
function stepRows(seen: number): number {
  return SHARDS * Math.min(SHARD_ROWS, Math.max(4, seen >> 8));
}

/** Rows of a table in data: those of a shard's examples. */
interface Span {
  readonly from: number;
  readonly count: number;
}

/** The part of the step at `from` that is a shard's. */
function shardSpan(shard: number, { from, count }: Span): Span {
  const share = Math.ceil(count / SHARDS);
  const start = Math.min(count, shard * share);
  return { from: from + start, count: Math.min(share, count - start) };
}

export class DeepModel implements ClickModel {
  readonly schema: Schema;
  readonly options: DeepOptions;
  readonly slots: FieldSlots;
  readonly network: DeepNetwork;
  readonly seed: number;
  /** Examples learned from so far. */
  seen: number;

  constructor(
    { schema, options, slots, seed, seen }: Pick<DeepModel, 'schema' | 'options' | 'slots' | 'seed' | 'seen'>,
    network?: DeepNetwork,
  ) {
    this.schema = schema;
    this.options = options;
    this.slots = slots;
    this.seed = seed;
    this.seen = seen;
    this.network = network ?? new DeepNetwork(shapeOf(schema, options, slots));
    if (network === undefined) this.network.initialise(seed, options.caution, constantNumbers(slots));
  }

  copy(): DeepModel {
    const copy = new DeepModel(this);
    copy.network.copyFrom(this.network);
    return copy;
  }

  #address(examples: Examples, shard: number, { from, count }: Span): void {
    const { fields } = this.network.shape;
    const base = this.network.tableAddress;
    if (count > 0) addressRows(this.slots, examples, { from, count, fields, base }, this.network.rowsOf(shard));
    this.#bag(examples, shard, { from, count });
    if (examples.sparse !== undefined) this.network.addBags(shard);
  }

  #bag({ sparse }: Examples, shard: number, span: Span): void {
    if (sparse === undefined) return;
    this.network.setBags(
      shard,
      bagsOf(sparse, span, (feature) => sparseRow(this.slots, feature)),
    );
  }

  /**
   * One pass over the rows, in their order. Members of a crew that share the network's memory all call this with the same arguments:
   * whatever their number, a power of two, the model is the same, to the bit.
   */
  learn(examples: Examples, observations: readonly Observation[], { member, members, meet }: Crew = ALONE): void {
    const gradients = observations.map(gradientOf);
    for (let from = 0, count = 0; from < examples.rows; from += count) {
      count = Math.min(stepRows(this.seen), examples.rows - from);
      for (let shard = 0; shard < SHARDS; shard++) {
        const span = shardSpan(shard, { from, count });
        if (shard % members !== member) this.#bag(examples, shard, span);
        else {
          this.#address(examples, shard, span);
          this.network.learnShard(shard, span.count, span.from, gradients, member);
        }
      }
      meet();
      this.network.update(member, members, this.options);
      meet();
      this.seen += count;
    }
  }

  /**
   * One step from rows that belong together, at most SHARDS × SHARD_ROWS: `gradient` is given the first head's log-odds and puts
   * ∂loss/∂z of each row in their place.
   */
  learnTogether(examples: Examples, gradient: (scores: Float64Array) => void): void {
    const step = { from: 0, count: examples.rows };
    const scores = new Float64Array(examples.rows);
    for (let shard = 0; shard < SHARDS; shard++) {
      const span = shardSpan(shard, step);
      this.#address(examples, shard, span);
      if (span.count > 0) this.network.forward(shard, span.count, scores, span.from);
    }
    gradient(scores);
    for (let shard = 0; shard < SHARDS; shard++) {
      const { from, count } = shardSpan(shard, step);
      this.network.learnShard(shard, count, from, [(row) => scores[row]!]);
    }
    this.network.update(0, 1, this.options);
    this.seen += examples.rows;
  }

  /** The log-odds of the first head. */
  score(examples: Examples, out: Float64Array): void {
    out.set(this.scoreHeads(examples)[0]!);
  }

  /** Log-odds by head. [heads][rows] */
  scoreHeads(examples: Examples): Float64Array[] {
    requireSchema(this.schema, schemaOf(examples));
    const heads = this.options.heads.length;
    const scores = new Float64Array(SHARD_ROWS * heads);
    const out = this.options.heads.map(() => new Float64Array(examples.rows));
    for (let from = 0; from < examples.rows; from += SHARD_ROWS) {
      const count = Math.min(SHARD_ROWS, examples.rows - from);
      this.#address(examples, 0, { from, count });
      this.network.forward(0, count, scores, 0);
      for (let i = 0; i < count; i++)
        for (let head = 0; head < heads; head++) out[head]![from + i] = scores[i * heads + head]!;
    }
    return out;
  }

  pack(): Uint8Array {
    const { schema, options, slots, seed, seen, network } = this;
    const { dense, ...bins } = slots.bins;
    return packModel({
      kind: KIND,
      version: VERSION,
      info: { schema, options, seed, seen, bins: dense },
      arrays: {
        ...bins,
        ...touchedRows(network.table, options.caution),
        dense: network.dense,
        squares: network.denseSquares,
      },
    });
  }
}

/** Only rows that were learned are kept: the others follow from the seed. */
function touchedRows(table: Float32Array, caution: number): { touched: Int32Array; rows: Float32Array } {
  const touched: number[] = [];
  const untouched = Math.fround(caution);
  for (let at = 0; at < table.length; at += ROW_NUMBERS)
    for (let k = WIDTH; k < ROW_NUMBERS; k++)
      if (table[at + k] !== untouched) {
        touched.push(at / ROW_NUMBERS);
        break;
      }
  const rows = new Float32Array(touched.length * ROW_NUMBERS);
  touched.forEach((row, i) => {
    rows.set(table.subarray(row * ROW_NUMBERS, (row + 1) * ROW_NUMBERS), i * ROW_NUMBERS);
  });
  return { touched: Int32Array.from(touched), rows };
}

function shapeOf({ numbers, categories, sparse }: Schema, options: DeepOptions, slots: FieldSlots): NetworkShape {
  const { products, units, heads } = options;
  const fields = numbers.length + categories.length + (sparse ? 1 : 0);
  return { fields, heads: heads.length, products, units, tableRows: tableRows(slots) };
}

/** A model that has seen nothing; ranges of numbers and the base rates are taken from `examples`. */
export function newDeepModel(
  examples: Examples,
  observations: readonly Observation[],
  options: DeepOptions,
  seed: number,
): DeepModel {
  const schema = schemaOf(examples);
  if (schema.numbers.length + schema.categories.length === 0 && !schema.sparse)
    throw new RialtoError('bad-training-data', 'the examples have no features to learn from');
  const model = new DeepModel({ schema, options, slots: learnFieldSlots(examples, options), seed, seen: 0 });
  observations.forEach(({ labels }, head) => {
    let positives = 0;
    let known = 0;
    for (const label of labels) {
      if (label === UNKNOWN) continue;
      known++;
      positives += label;
    }
    model.network.setBias(head, logitOf((positives + 0.5) / (known + 1)));
  });
  return model;
}

/** From a stream: each batch is learned from once, in its order, and not kept. */
export function deepLearner(options: DeepOptions = DEFAULT_DEEP): Learner {
  const name = options.products + options.units > 0 ? 'embeddings with products and units' : 'factorisation machine';
  return {
    name,
    streams: true,
    warmStarts: true,
    train(batches: Iterable<LabelledExamples>, { start, seed }: TrainingSettings): ClickModel {
      if (start !== undefined && !(start instanceof DeepModel))
        throw new RialtoError('bad-model', `${name} cannot go on from a model of another kind`);
      let model = start?.copy();
      const labels = new Set<number>();
      for (const batch of batches) {
        for (const label of batch.labels) labels.add(label);
        if (batch.rows === 0) continue;
        const observations = [{ labels: batch.labels }];
        model ??= newDeepModel(batch, observations, options, seed);
        requireSchema(model.schema, schemaOf(batch));
        model.learn(batch, observations);
      }
      if (model === undefined || start === undefined) {
        const all = Uint8Array.from(labels);
        requireLearnable({ rows: all.length, labels: all, numbers: [], categories: [] });
      }
      return model!;
    },
    unpack: unpackDeep,
  };
}

/** Throws `bad-model` where the bytes are no such model, or one of other features than `schema`, if it is given. */
export function unpackDeep(bytes: Uint8Array, schema?: Schema): DeepModel {
  const { info, arrays } = unpackModel(bytes, KIND, VERSION);
  const trained = info['schema'] as Schema;
  if (schema !== undefined) requireSchema(trained, schema);
  const { edges, edgeStarts, defaults, sparseFeatures, touched, rows, dense, squares } = arrays as unknown as BinMap & {
    touched: Int32Array;
    rows: Float32Array;
    dense: Float32Array;
    squares: Float32Array;
  };
  const bins = { dense: info['bins'] as number, sparseFeatures, edges, edgeStarts, defaults };
  const options = info['options'] as DeepOptions;
  const { bits, binsMax } = options;
  const head = { schema: trained, options, seed: info['seed'] as number, seen: info['seen'] as number };
  const model = new DeepModel({ ...head, slots: { bins, bits, binsMax } });
  const { network } = model;
  const sound =
    touched?.length * ROW_NUMBERS === rows?.length &&
    dense?.length === network.dense.length &&
    squares?.length === dense.length &&
    [rows, dense, squares].every((array) => array.every(Number.isFinite));
  if (!sound) throw new RialtoError('bad-model', 'the model lacks weights, or holds some that are no numbers');
  touched.forEach((row, i) => {
    network.table.set(rows.subarray(i * ROW_NUMBERS, (i + 1) * ROW_NUMBERS), row * ROW_NUMBERS);
  });
  network.dense.set(dense);
  network.denseSquares.set(squares);
  network.prepare();
  return model;
}
