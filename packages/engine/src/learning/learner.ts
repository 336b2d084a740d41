/**
 * What every learner of click and conversion probabilities is to its users: something that learns from labelled examples, and
 * a model that scores others, as bytes and back. `learner.contract.ts` holds what each must do.
 */
import { RialtoError } from '../base/errors.ts';
import type { Examples, LabelledExamples } from './examples.ts';

export interface ClickModel {
  readonly schema: Schema;
  /** The log-odds of each row. Values never seen and missing ones are allowed. out: [rows] */
  score(examples: Examples, out: Float64Array): void;
  pack(): Uint8Array;
}

export interface TrainingSettings {
  readonly seed: number;
  /** A model of the same learner to go on from; a learner that cannot refuses it with `bad-model`. */
  readonly start?: ClickModel;
}

export interface Learner {
  readonly name: string;
  /** Learns batch by batch and keeps none of them. */
  readonly streams: boolean;
  readonly warmStarts: boolean;
  /** Throws `bad-training-data`. */
  train(batches: Iterable<LabelledExamples>, settings: TrainingSettings): ClickModel;
  /** Throws `bad-model` where the bytes are no such model, or one of other features than `schema`, if it is given. */
  unpack(bytes: Uint8Array, schema?: Schema): ClickModel;
}

/** The names of the features. */
export interface Schema {
  readonly numbers: readonly string[];
  readonly categories: readonly string[];
  readonly sparse: boolean;
}

export function schemaOf({ numbers, categories, sparse }: Examples): Schema {
  return {
    numbers: numbers.map(({ name }) => name),
    categories: categories.map(({ name }) => name),
    sparse: sparse !== undefined,
  };
}

/** Throws `bad-model` where a model is asked about other features than it was trained on. */
export function requireSchema(trained: Schema, asked: Schema): void {
  const list = ({ numbers, categories, sparse }: Schema): string[] => [
    ...numbers.map((name) => `number ${name}`),
    ...categories.map((name) => `category ${name}`),
    ...(sparse ? ['sparse features'] : []),
  ];
  const mine = list(trained);
  const theirs = list(asked);
  if (mine.join() === theirs.join()) return;
  const lacking = mine.filter((feature) => !theirs.includes(feature));
  const unknown = theirs.filter((feature) => !mine.includes(feature));
  const what = [
    ...(lacking.length > 0 ? [`it was trained on ${lacking.join(', ')}, which are not given`] : []),
    ...(unknown.length > 0 ? [`it does not know ${unknown.join(', ')}`] : []),
    ...(lacking.length + unknown.length === 0 ? [`its features come in the order ${mine.join(', ')}`] : []),
  ];
  throw new RialtoError('bad-model', `the model is of other features: ${what.join('; ')}`);
}

/** Batches as one table. Throws `bad-training-data` where there are none, or their features differ. */
export function gatherBatches(batches: Iterable<LabelledExamples>): LabelledExamples {
  const all = [...batches];
  const first = all[0];
  if (first === undefined) throw new RialtoError('bad-training-data', 'there are no examples to learn from');
  if (all.length === 1) return first;
  for (const batch of all) requireSchema(schemaOf(first), schemaOf(batch));
  const rows = all.reduce((sum, batch) => sum + batch.rows, 0);
  const joined = <T extends Float32Array | Int32Array | Uint8Array>(
    out: T,
    part: (batch: LabelledExamples) => T,
  ): T => {
    let at = 0;
    for (const batch of all) {
      out.set(part(batch) as never, at);
      at += batch.rows;
    }
    return out;
  };
  const sparse = all.map((batch) => batch.sparse).filter((one) => one !== undefined);
  return {
    rows,
    labels: joined(new Uint8Array(rows), (batch) => batch.labels),
    numbers: first.numbers.map(({ name }, i) => ({
      name,
      values: joined(new Float32Array(rows), (batch) => batch.numbers[i]!.values),
    })),
    categories: first.categories.map(({ name }, i) => ({
      name,
      values: joined(new Int32Array(rows), (batch) => batch.categories[i]!.values),
    })),
    ...(sparse.length > 0 && { sparse: joinSparse(sparse, rows) }),
  };
}

function joinSparse(parts: readonly NonNullable<Examples['sparse']>[], rows: number): NonNullable<Examples['sparse']> {
  const entries = parts.reduce((sum, part) => sum + part.indices.length, 0);
  const joined = {
    starts: new Int32Array(rows + 1),
    indices: new Int32Array(entries),
    values: new Float32Array(entries),
  };
  let row = 0;
  let entry = 0;
  for (const { starts, indices, values } of parts) {
    for (let i = 1; i < starts.length; i++) joined.starts[++row] = entry + starts[i]!;
    joined.indices.set(indices, entry);
    joined.values.set(values, entry);
    entry += indices.length;
  }
  return joined;
}

/** Throws `bad-training-data` where the examples have no rows, a label that is neither 0 nor 1, or only one class. */
export function requireLearnable({ rows, labels }: LabelledExamples): void {
  if (rows === 0) throw new RialtoError('bad-training-data', 'there are no examples to learn from');
  let positives = 0;
  for (let row = 0; row < rows; row++) {
    if (labels[row] !== 0 && labels[row] !== 1)
      throw new RialtoError('bad-training-data', `the label of example ${row + 1} is ${labels[row]}, neither 0 nor 1`);
    positives += labels[row]!;
  }
  if (positives > 0 && positives < rows) return;
  const every = positives === 0 ? 0 : 1;
  throw new RialtoError(
    'bad-training-data',
    `all ${rows} examples have the label ${every}: there is nothing to tell apart; examples of the other class are needed`,
  );
}
