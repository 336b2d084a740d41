/**
 * Examples as bins for trees: the numbers as they are; each category as its target encoding, the logarithm of its count, or one
 * column for each of its more frequent values; and the more frequent sparse features. Fitted on training rows, whose own target
 * encodings are made out of fold.
 */
import { type BinMap, type BinnedMatrix, binRows, learnBins, type NumberRows } from './binned-matrix.ts';
import type { Examples, LabelledExamples, SparseRows } from './examples.ts';
import { dealFolds } from './folds.ts';
import {
  countValues,
  type EncodingOptions,
  encodeFresh,
  encodeOutOfFold,
  type ValueCounts,
} from './target-encoding.ts';

export interface FeatureOptions extends EncodingOptions {
  readonly targets: boolean;
  readonly counts: boolean;
  readonly oneHot: boolean;
  readonly binsMax: number;
  /** A value or a sparse feature that fewer rows have gets no column. */
  readonly columnRowsMin: number;
}

export const DEFAULT_FEATURES: FeatureOptions = {
  targets: true,
  counts: true,
  oneHot: false,
  smoothing: 10,
  folds: 5,
  seed: 1,
  binsMax: 64,
  columnRowsMin: 20,
};

/** What turns examples into bins. */
export interface ClickFeatures {
  readonly options: FeatureOptions;
  readonly counts: readonly ValueCounts[]; // [categories]
  /** Sparse features of training are below; values' own columns are numbered from here. */
  readonly sparseWidth: number;
  readonly map: BinMap;
}

/** The features, and the training rows in them. */
export function fitFeatures(
  examples: LabelledExamples,
  options: FeatureOptions,
): { readonly features: ClickFeatures; readonly matrix: BinnedMatrix } {
  const { rows, numbers, categories, labels, sparse } = examples;
  const folds = dealFolds(rows, options.folds, options.seed);
  const dense = numbers.map(({ values }) => values);
  const counts = categories.map((column) => {
    const known = countValues(column.values, labels);
    const { encodings, logCounts } = encodeOutOfFold(column, labels, known, folds, options);
    if (options.targets) dense.push(encodings);
    if (options.counts) dense.push(logCounts);
    return known;
  });
  const sparseWidth = sparse === undefined ? 0 : sparse.indices.reduce((most, index) => Math.max(most, index + 1), 0);
  const table = tableOf(examples, dense, { options, counts, sparseWidth });
  const map = learnBins(table, { binsMax: options.binsMax, rowsMin: options.columnRowsMin });
  return { features: { options, counts, sparseWidth, map }, matrix: binRows(map, table) };
}

/** Rows that the features were not fitted on. */
export function encodeRows(features: ClickFeatures, examples: Examples): BinnedMatrix {
  const { options, counts, map } = features;
  const dense = examples.numbers.map(({ values }) => values);
  examples.categories.forEach((column, i) => {
    const { encodings, logCounts } = encodeFresh(column, counts[i]!, options);
    if (options.targets) dense.push(encodings);
    if (options.counts) dense.push(logCounts);
  });
  return binRows(map, tableOf(examples, dense, features));
}

function tableOf(
  examples: Examples,
  dense: readonly Float32Array[],
  { options, counts, sparseWidth }: Pick<ClickFeatures, 'options' | 'counts' | 'sparseWidth'>,
): NumberRows {
  const sparse = options.oneHot
    ? withValueColumns(examples, counts, sparseWidth, options.columnRowsMin)
    : examples.sparse;
  return { rows: examples.rows, dense, ...(sparse && { sparse }) };
}

/** The sparse features of training, then a feature for each value of each category that is frequent enough. */
function withValueColumns(
  { rows, categories, sparse }: Examples,
  counts: readonly ValueCounts[],
  sparseWidth: number,
  rowsMin: number,
): SparseRows {
  const own = sparse?.indices.length ?? 0;
  const starts = new Int32Array(rows + 1);
  const indices = new Int32Array(own + rows * categories.length);
  const values = new Float32Array(own + rows * categories.length).fill(1);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    for (let entry = sparse?.starts[row] ?? 0; entry < (sparse?.starts[row + 1] ?? 0); entry++) {
      if (sparse!.indices[entry]! >= sparseWidth) break;
      values[at] = sparse!.values[entry]!;
      indices[at++] = sparse!.indices[entry]!;
    }
    let first = sparseWidth;
    for (let i = 0; i < categories.length; i++) {
      const known = counts[i]!;
      const slot = known.slots.get(categories[i]!.values[row]!);
      if (slot !== undefined && known.counts[slot]! >= rowsMin) indices[at++] = first + slot;
      first += known.counts.length;
    }
    starts[row + 1] = at;
  }
  return { starts, indices: indices.slice(0, at), values: values.slice(0, at) };
}
