/**
 * What the learners learn from: rows of numbers, of categories and of sparse features, column by column, in the form that
 * training files, streams and servers share. A category is known by a 32-bit hash of its value, so no dictionary has to be
 * kept or shipped; 0 is "no value". A number that is missing is NaN. A sparse feature that a row does not name is 0.
 */
import { hash32 } from '../base/hash.ts';

export interface NumberColumn {
  readonly name: string;
  readonly values: Float32Array; // [rows], NaN = missing
}

export interface CategoryColumn {
  readonly name: string;
  readonly values: Int32Array; // [rows], hashes by `categoryOf`, 0 = missing
}

/** Features by index, only those that are not 0: compressed rows, the indices of a row rising. */
export interface SparseRows {
  readonly starts: Int32Array; // [rows + 1]
  readonly indices: Int32Array; // [entries]
  readonly values: Float32Array; // [entries]
}

export interface Examples {
  readonly rows: number;
  readonly numbers: readonly NumberColumn[];
  readonly categories: readonly CategoryColumn[];
  readonly sparse?: SparseRows;
}

export interface LabelledExamples extends Examples {
  readonly labels: Uint8Array; // [rows], 0 or 1
}

/** A value's category: the same on every machine and in every run. */
export function categoryOf(text: string): number {
  return text === '' ? 0 : hash32(text) | 0 || 1;
}

/** The chosen rows, copied. */
export function takeRows<T extends Examples>(examples: T, rows: Int32Array): T {
  const { numbers, categories, sparse } = examples;
  const taken = {
    rows: rows.length,
    numbers: numbers.map(({ name, values }) => ({ name, values: gather(values, rows) })),
    categories: categories.map(({ name, values }) => ({ name, values: gather(values, rows) })),
    ...(sparse && { sparse: takeSparse(sparse, rows) }),
    ...('labels' in examples && { labels: gather(examples.labels as Uint8Array, rows) }),
  };
  return taken as Examples as T;
}

export function gather<T extends Float32Array | Float64Array | Int32Array | Uint8Array>(
  values: T,
  rows: Int32Array,
): T {
  const out = new (values.constructor as new (length: number) => T)(rows.length);
  for (let i = 0; i < rows.length; i++) out[i] = values[rows[i]!]!;
  return out;
}

export function takeSparse({ starts, indices, values }: SparseRows, rows: Int32Array): SparseRows {
  const takenStarts = new Int32Array(rows.length + 1);
  for (let i = 0; i < rows.length; i++)
    takenStarts[i + 1] = takenStarts[i]! + starts[rows[i]! + 1]! - starts[rows[i]!]!;
  const entries = takenStarts[rows.length]!;
  const taken = { starts: takenStarts, indices: new Int32Array(entries), values: new Float32Array(entries) };
  for (let i = 0; i < rows.length; i++) {
    const from = starts[rows[i]!]!;
    const to = starts[rows[i]! + 1]!;
    taken.indices.set(indices.subarray(from, to), takenStarts[i]!);
    taken.values.set(values.subarray(from, to), takenStarts[i]!);
  }
  return taken;
}
