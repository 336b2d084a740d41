/**
 * Categories as numbers (Micci-Barreca, 2001): the share of positives among the rows of the same value, drawn towards the share
 * of all rows, and how many rows have the value.
 *
 *     encoding(v) = (positives(v) + a · share) / (rows(v) + a)
 *
 * A row that is learned from must not see its own label: it would tell the learner what to predict. So training rows are dealt
 * into folds by chance, and each is encoded by the other folds alone; rows that come later are encoded by all of them.
 */
import { RialtoError } from '../base/errors.ts';
import type { TypedArray } from '../base/typed-array.ts';
import type { CategoryColumn } from './examples.ts';

export interface EncodingOptions {
  /** a above: how many rows of average outcome each value is given. */
  readonly smoothing: number;
  readonly folds: number;
  readonly seed: number;
}

/** What is known of each value of one column. */
export interface ValueCounts {
  readonly rows: number;
  readonly positives: number;
  /** Values in order of first appearance, with `counts` and `clicks` beside. */
  readonly slots: Map<number, number>;
  readonly counts: Int32Array; // [values]
  readonly clicks: Int32Array; // [values]
}

export function countValues(values: Int32Array, labels: Uint8Array): ValueCounts {
  const slots = new Map<number, number>();
  const slotOf = new Int32Array(values.length);
  for (let row = 0; row < values.length; row++) {
    let slot = slots.get(values[row]!);
    if (slot === undefined) {
      slot = slots.size;
      slots.set(values[row]!, slot);
    }
    slotOf[row] = slot;
  }
  const counts = new Int32Array(slots.size);
  const clicks = new Int32Array(slots.size);
  let positives = 0;
  for (let row = 0; row < values.length; row++) {
    counts[slotOf[row]!]!++;
    clicks[slotOf[row]!]! += labels[row]!;
    positives += labels[row]!;
  }
  return { rows: values.length, positives, slots, counts, clicks };
}

/** Encodings of the rows that `known` was counted from, each by the other folds. [rows] */
export function encodeOutOfFold(
  { values }: CategoryColumn,
  labels: Uint8Array,
  known: ValueCounts,
  folds: Uint8Array,
  { smoothing, folds: foldCount }: EncodingOptions,
): { encodings: Float32Array; logCounts: Float32Array } {
  const width = known.counts.length;
  const counts = new Int32Array(foldCount * width);
  const clicks = new Int32Array(foldCount * width);
  const rowsIn = new Int32Array(foldCount);
  const clicksIn = new Int32Array(foldCount);
  for (let row = 0; row < values.length; row++) {
    const at = folds[row]! * width + known.slots.get(values[row]!)!;
    counts[at]!++;
    clicks[at]! += labels[row]!;
    rowsIn[folds[row]!]!++;
    clicksIn[folds[row]!]! += labels[row]!;
  }
  const encodings = new Float32Array(values.length);
  const logCounts = new Float32Array(values.length);
  for (let row = 0; row < values.length; row++) {
    const slot = known.slots.get(values[row]!)!;
    const fold = folds[row]!;
    const rows = known.counts[slot]! - counts[fold * width + slot]!;
    const positive = known.clicks[slot]! - clicks[fold * width + slot]!;
    const share = (known.positives - clicksIn[fold]!) / Math.max(1, known.rows - rowsIn[fold]!);
    encodings[row] = (positive + smoothing * share) / (rows + smoothing);
    // As many as a row that comes later would count.
    logCounts[row] = Math.log1p((rows * known.rows) / Math.max(1, known.rows - rowsIn[fold]!));
  }
  return { encodings, logCounts };
}

/** Encodings of rows that `known` was not counted from. [rows] */
export function encodeFresh(
  { values }: CategoryColumn,
  known: ValueCounts,
  { smoothing }: EncodingOptions,
): { encodings: Float32Array; logCounts: Float32Array } {
  const share = known.positives / Math.max(1, known.rows);
  const encodings = new Float32Array(values.length);
  const logCounts = new Float32Array(values.length);
  for (let row = 0; row < values.length; row++) {
    const slot = known.slots.get(values[row]!);
    const rows = slot === undefined ? 0 : known.counts[slot]!;
    const positives = slot === undefined ? 0 : known.clicks[slot]!;
    encodings[row] = (positives + smoothing * share) / (rows + smoothing);
    logCounts[row] = Math.log1p(rows);
  }
  return { encodings, logCounts };
}

/** Counts of several columns as arrays for a model file, one column's values after the other's. */
export interface PackedCounts {
  readonly info: readonly { readonly rows: number; readonly positives: number; readonly values: number }[];
  readonly arrays: Readonly<Record<string, TypedArray>>;
}

export function packCounts(columns: readonly ValueCounts[]): PackedCounts {
  const all = columns.reduce((sum, { counts }) => sum + counts.length, 0);
  const arrays = {
    knownValues: new Int32Array(all),
    knownCounts: new Int32Array(all),
    knownPositives: new Int32Array(all),
  };
  let at = 0;
  for (const { slots, counts, clicks } of columns) {
    arrays.knownValues.set([...slots.keys()], at);
    arrays.knownCounts.set(counts, at);
    arrays.knownPositives.set(clicks, at);
    at += counts.length;
  }
  return { info: columns.map(({ rows, positives, counts }) => ({ rows, positives, values: counts.length })), arrays };
}

/** Throws `bad-model` where arrays are lacking or too short. */
export function unpackCounts(info: PackedCounts['info'], arrays: PackedCounts['arrays']): ValueCounts[] {
  const { knownValues, knownCounts, knownPositives } = arrays as Record<string, Int32Array | undefined>;
  const all = info.reduce((sum, { values }) => sum + values, 0);
  if (knownValues?.length !== all || knownCounts?.length !== all || knownPositives?.length !== all)
    throw new RialtoError('bad-model', 'the model lacks some of the values that it was trained on');
  let at = 0;
  return info.map(({ rows, positives, values }) => {
    const from = at;
    at += values;
    const slots = new Map<number, number>();
    for (let i = from; i < at; i++) slots.set(knownValues[i]!, i - from);
    return { rows, positives, slots, counts: knownCounts.slice(from, at), clicks: knownPositives.slice(from, at) };
  });
}
