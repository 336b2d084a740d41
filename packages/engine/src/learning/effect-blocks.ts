/**
 * Examples as blocks of coefficients for `random-effects.ts`: the ranges of each number, the values of each category, the sparse
 * features, and for each category of many values the logarithm of how many training rows have the row's value, as one slope. A row
 * that is learned from does not count itself, so that it sees what a later row of the same value will see.
 */
import { RialtoError } from '../base/errors.ts';
import { type BinMap, binOf, learnBins } from './binned-matrix.ts';
import type { Examples, LabelledExamples } from './examples.ts';
import { countValues, type ValueCounts } from './target-encoding.ts';

/** Coefficients of one kind, and which of them each row has: a prior is shared within a block. */
export interface EffectBlock {
  readonly size: number;
  /** Of a known variance, not one that is learned. */
  readonly slope: boolean;
  readonly starts: Int32Array; // [rows + 1]
  readonly levels: Int32Array; // [starts[rows]], −1 = unseen while learning
  /** 1 where absent. [starts[rows]] */
  readonly values?: Float32Array;
}

/** The slope of a category's log counts, which are made of mean 0 and deviation 1. */
export interface CountSlope {
  readonly category: number;
  readonly mean: number;
  readonly deviation: number;
}

/** What turns examples into blocks. */
export interface EffectMap {
  readonly bins: BinMap;
  readonly counts: readonly ValueCounts[]; // [categories]
  readonly sparseWidth: number;
  readonly slopes: readonly CountSlope[];
}

/** How often a value occurs tells something only where there are many. */
const VALUES_MIN = 100;
const WIDTH_MAX = 1 << 24;

export function learnEffectMap(examples: LabelledExamples, binsMax: number): EffectMap {
  const { rows, numbers, categories, labels, sparse } = examples;
  const bins = learnBins({ rows, dense: numbers.map(({ values }) => values) }, { binsMax, rowsMin: 1 });
  const counts = categories.map(({ values }) => countValues(values, labels));
  const slopes = counts.flatMap((known, category): CountSlope[] => {
    if (known.counts.length < VALUES_MIN) return [];
    const logs = logCounts(known, categories[category]!.values, 1);
    const mean = logs.reduce((sum, x) => sum + x, 0) / rows;
    const variance = logs.reduce((sum, x) => sum + (x - mean) ** 2, 0) / rows;
    return variance > 0 ? [{ category, mean, deviation: Math.sqrt(variance) }] : [];
  });
  const sparseWidth = sparse === undefined ? 0 : sparse.indices.reduce((most, index) => Math.max(most, index + 1), 0);
  if (sparseWidth > WIDTH_MAX)
    throw new RialtoError(
      'bad-training-data',
      `the sparse feature ${sparseWidth - 1} is too large for random effects, which keep a coefficient for each number up to ${WIDTH_MAX - 1}: number the features one after the other, or take another learner`,
    );
  return { bins, counts, sparseWidth, slopes };
}

/** Of the training rows' own values, `own` is 1: the row itself. [rows] */
function logCounts({ slots, counts }: ValueCounts, values: Int32Array, own: number): Float32Array {
  return Float32Array.from(values, (value) => {
    const slot = slots.get(value);
    return slot === undefined ? 0 : Math.log1p(counts[slot]! - own);
  });
}

/** How many coefficients there are in each block. [blocks] */
export function blockSizes({ bins, counts, sparseWidth, slopes }: EffectMap): number[] {
  const ranges = Array.from({ length: bins.dense }, (_, i) => bins.edgeStarts[i + 1]! - bins.edgeStarts[i]! + 2);
  return [
    ...ranges,
    ...counts.map((known) => known.counts.length),
    ...(sparseWidth > 0 ? [sparseWidth] : []),
    ...slopes.map(() => 1),
  ];
}

/** `training`: whether the rows are those that the map was learned from. */
export function blocksOf(map: EffectMap, examples: Examples, training: boolean): EffectBlock[] {
  const { rows, numbers, categories, sparse } = examples;
  const sizes = blockSizes(map);
  const starts = Int32Array.from({ length: rows + 1 }, (_, row) => row);
  const single = { slope: false, starts };
  const blocks: EffectBlock[] = numbers.map(({ values }, i) => ({
    ...single,
    size: sizes[i]!,
    levels: Int32Array.from(values, (value) => binOf(map.bins, i, value)),
  }));
  categories.forEach(({ values }, i) => {
    const { slots } = map.counts[i]!;
    const levels = Int32Array.from(values, (value) => slots.get(value) ?? -1);
    blocks.push({ ...single, size: sizes[numbers.length + i]!, levels });
  });
  if (sparse !== undefined && map.sparseWidth > 0) {
    const levels = sparse.indices.map((index) => (index < map.sparseWidth ? index : -1));
    blocks.push({ slope: false, size: map.sparseWidth, starts: sparse.starts, levels, values: sparse.values });
  }
  for (const { category, mean, deviation } of map.slopes) {
    const logs = logCounts(map.counts[category]!, categories[category]!.values, training ? 1 : 0);
    const values = logs.map((x) => (x - mean) / deviation);
    blocks.push({ slope: true, size: 1, starts, levels: new Int32Array(rows), values });
  }
  return blocks;
}
