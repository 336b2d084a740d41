/**
 * Numbers as bins, for trees that split by histograms (Ke et al., LightGBM, NIPS 2017). A column's bin 0 is "missing", then
 * come ranges of about equally many training rows; bins of all columns are numbered in one sequence. A row keeps only the bins
 * that are not its column's most frequent one, so dense, sparse and one-hot data are one form, and work goes by what is there.
 */
import { Column, int32Column } from '../base/column.ts';
import type { SparseRows } from './examples.ts';

/** The numbers to be binned: dense columns, then those sparse features that `BinMap.sparseColumns` numbers. */
export interface NumberRows {
  readonly rows: number;
  readonly dense: readonly Float32Array[]; // [columns][rows], NaN = missing
  readonly sparse?: SparseRows;
}

/** Which bin a value of a column falls into; learned from training rows, kept with the model. */
export interface BinMap {
  readonly dense: number;
  /** The features behind the columns after the dense ones, rising. */
  readonly sparseFeatures: Int32Array; // [columns - dense]
  /** A value belongs to the first edge that is not below it, or to the bin after the last. [all columns' edges] */
  readonly edges: Float32Array;
  readonly edgeStarts: Int32Array; // [columns + 1]
  /** The most frequent bin of each column in training, as a number over all columns. */
  readonly defaults: Int32Array; // [columns]
}

export interface BinnedMatrix {
  readonly map: BinMap;
  readonly rows: number;
  readonly columns: number;
  /** The number of the first bin of each column. */
  readonly firstBins: Int32Array; // [columns + 1]
  readonly starts: Int32Array; // [rows + 1]
  /** Bins by row, rising, without defaults. */
  readonly entries: Uint16Array | Int32Array; // [starts[rows]]
  /** All bins by column, where rows have few defaults: that is faster to read then. */
  readonly byColumn: readonly (Uint16Array | Int32Array)[] | undefined; // [columns][rows]
}

export interface BinOptions {
  /** Ranges of a column, the missing one not counted. */
  readonly binsMax: number;
  /** A sparse feature that fewer rows name is left out. */
  readonly rowsMin: number;
}

/** Edges are learned from at most so many rows, and those of a sparse feature from so many that name it. */
const SAMPLE_MAX = 100_000;

function firstBinsOf({ edgeStarts }: BinMap): Int32Array {
  // A column of n edges has n + 1 ranges and the bin of the missing.
  return edgeStarts.map((start, column) => start + 2 * column);
}

export function learnBins(numbers: NumberRows, { binsMax, rowsMin }: BinOptions): BinMap {
  const edges = new Column(Float32Array);
  const edgeStarts = int32Column();
  const defaults = int32Column();
  edgeStarts.push(0);
  const stride = Math.max(1, Math.ceil(numbers.rows / SAMPLE_MAX));
  const addColumn = (values: Float32Array, zeros: number): void => {
    const firstBin = edges.length + 2 * defaults.length;
    const { cuts, mode } = quantileCuts(values, zeros, binsMax);
    for (const cut of cuts) edges.push(cut);
    edgeStarts.push(edges.length);
    defaults.push(firstBin + mode);
  };
  for (const column of numbers.dense) addColumn(stride === 1 ? column : everyNth(column, stride), 0);
  const features = numbers.sparse === undefined ? [] : sparseColumns(numbers.sparse, rowsMin);
  for (const { values } of features) {
    const step = Math.max(1, Math.ceil(values.length / SAMPLE_MAX));
    addColumn(step === 1 ? values : everyNth(values, step), Math.round((numbers.rows - values.length) / step));
  }
  return {
    dense: numbers.dense.length,
    sparseFeatures: Int32Array.from(features, ({ feature }) => feature),
    edges: edges.view().slice(),
    edgeStarts: edgeStarts.view().slice(),
    defaults: defaults.view().slice(),
  };
}

function everyNth(values: Float32Array, stride: number): Float32Array {
  const taken = new Float32Array(Math.ceil(values.length / stride));
  for (let i = 0; i < taken.length; i++) taken[i] = values[i * stride]!;
  return taken;
}

/** The values of each sparse feature that at least `rowsMin` rows name, by rising feature. */
function sparseColumns({ indices, values }: SparseRows, rowsMin: number): { feature: number; values: Float32Array }[] {
  const named = featureCounts(indices).filter(({ count }) => count >= rowsMin);
  const columns = named.map(({ feature, count }) => ({ feature, values: new Float32Array(count) }));
  const columnOf = featureColumns(Int32Array.from(named, ({ feature }) => feature));
  const filled = new Int32Array(columns.length);
  for (let entry = 0; entry < indices.length; entry++) {
    const column = columnOf(indices[entry]!);
    if (column >= 0) columns[column]!.values[filled[column]!++] = values[entry]!;
  }
  return columns;
}

/** Features are mostly numbered from 0 or 1 on; hashes may be as wide as 31 bits, for which no array of that size is made. */
const WIDTH_MAX = 1 << 24;

/** How many entries each feature has, by rising feature. */
function featureCounts(indices: Int32Array): { feature: number; count: number }[] {
  const found: { feature: number; count: number }[] = [];
  let width = 0;
  for (const index of indices) width = Math.max(width, index + 1);
  if (width <= WIDTH_MAX) {
    const counts = new Int32Array(width);
    for (const index of indices) counts[index]!++;
    counts.forEach((count, feature) => {
      if (count > 0) found.push({ feature, count });
    });
    return found;
  }
  const sorted = indices.slice().sort();
  for (let from = 0, to = 0; from < sorted.length; from = to) {
    while (to < sorted.length && sorted[to] === sorted[from]) to++;
    found.push({ feature: sorted[from]!, count: to - from });
  }
  return found;
}

/** The number of a feature among `features`, which rise; -1 where it is none of them. */
function featureColumns(features: Int32Array): (feature: number) => number {
  const width = features.length === 0 ? 0 : features[features.length - 1]! + 1;
  if (width > WIDTH_MAX) {
    const numbers = new Map(Array.from(features, (feature, i) => [feature, i]));
    return (feature) => numbers.get(feature) ?? -1;
  }
  const numbers = new Int32Array(width).fill(-1);
  features.forEach((feature, i) => {
    numbers[feature] = i;
  });
  return (feature) => numbers[feature] ?? -1;
}

/** Where to cut a column, and the number within the column of its most frequent bin. `zeros`: rows of value 0 beside `values`. */
function quantileCuts(values: Float32Array, zeros: number, binsMax: number): { cuts: number[]; mode: number } {
  const sorted = withoutMissing(values).sort();
  const missing = values.length - sorted.length;
  const distinct = new Float32Array(sorted.length + 1);
  const counts = new Int32Array(sorted.length + 1);
  let found = 0;
  const add = (value: number, count: number): void => {
    if (found === 0 || distinct[found - 1] !== value) distinct[found++] = value;
    counts[found - 1]! += count;
  };
  let zerosLeft = zeros;
  for (let i = 0; i < sorted.length; i++) {
    const value = sorted[i]!;
    if (zerosLeft > 0 && value > 0) {
      add(0, zerosLeft);
      zerosLeft = 0;
    }
    add(value === 0 ? 0 : value, 1);
  }
  if (zerosLeft > 0) add(0, zerosLeft);
  const { cuts, sizes } = cutEvenly(distinct.subarray(0, found), counts.subarray(0, found), binsMax);
  let mode = 0;
  let most = missing;
  sizes.forEach((size, range) => {
    if (size <= most) return;
    most = size;
    mode = range + 1;
  });
  return { cuts, mode };
}

function withoutMissing(values: Float32Array): Float32Array {
  const known = new Float32Array(values.length);
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isNaN(value)) known[count++] = value;
  }
  return known.subarray(0, count);
}

/** Ranges of whole values, each of about its share of what is left; a value that fills a range by itself gets its own. */
function cutEvenly(distinct: Float32Array, counts: Int32Array, binsMax: number): { cuts: number[]; sizes: number[] } {
  let left = counts.reduce((sum, count) => sum + count, 0);
  let rangesLeft = binsMax;
  const cuts: number[] = [];
  const sizes: number[] = [];
  let size = 0;
  for (let i = 0; i < distinct.length; i++) {
    size += counts[i]!;
    const share = left / rangesLeft;
    const every = distinct.length <= binsMax;
    const full =
      every ||
      size >= share ||
      (i + 1 < distinct.length && size + counts[i + 1]! / 2 > share && counts[i + 1]! >= share);
    if (!full || rangesLeft === 1 || i + 1 === distinct.length) continue;
    cuts.push(Math.fround(distinct[i]! + (distinct[i + 1]! - distinct[i]!) / 2));
    sizes.push(size);
    left -= size;
    rangesLeft--;
    size = 0;
  }
  if (distinct.length > 0) sizes.push(size);
  return { cuts, sizes };
}

/** The rows in the bins of a map: of training rows, or of others. */
export function binRows(map: BinMap, numbers: NumberRows): BinnedMatrix {
  const firstBins = firstBinsOf(map);
  const columns = map.defaults.length;
  const bins = firstBins[columns]!;
  const starts = new Int32Array(numbers.rows + 1);
  const sparse = sparseBinner(map, numbers, firstBins);
  const entries: Column<Uint16Array | Int32Array> =
    bins <= 0x10000
      ? new Column<Uint16Array | Int32Array>(Uint16Array)
      : new Column<Uint16Array | Int32Array>(Int32Array);
  for (let row = 0; row < numbers.rows; row++) {
    for (let column = 0; column < map.dense; column++) {
      const bin = firstBins[column]! + binOf(map, column, numbers.dense[column]![row]!);
      if (bin !== map.defaults[column]) entries.push(bin);
    }
    sparse(row, entries);
    starts[row + 1] = entries.length;
  }
  const binned = { map, rows: numbers.rows, columns, firstBins, starts, entries: entries.view().slice() };
  return { ...binned, byColumn: isDense(binned) ? binsByColumn(binned) : undefined };
}

type Binned = Omit<BinnedMatrix, 'byColumn'>;

/** Bins by column take as much memory as rows without defaults. */
const DENSE_SHARE = 0.25;

const isDense = ({ rows, columns, entries }: Binned): boolean => entries.length > DENSE_SHARE * rows * columns;

function binsByColumn({ rows, columns, starts, entries, firstBins, map }: Binned): (Uint16Array | Int32Array)[] {
  const made = Array.from({ length: columns }, (_, column) => {
    const bins = entries instanceof Uint16Array ? new Uint16Array(rows) : new Int32Array(rows);
    return bins.fill(map.defaults[column]!);
  });
  for (let row = 0; row < rows; row++) {
    let column = 0;
    for (let entry = starts[row]!; entry < starts[row + 1]!; entry++) {
      while (entries[entry]! >= firstBins[column + 1]!) column++;
      made[column]![row] = entries[entry]!;
    }
  }
  return made;
}

/** Pushes the bins of a row's sparse features, by rising column: features rise in a row, and so do those behind the columns. */
function sparseBinner(
  map: BinMap,
  { sparse }: NumberRows,
  firstBins: Int32Array,
): (row: number, entries: Column<Uint16Array | Int32Array>) => void {
  const { sparseFeatures, dense, defaults } = map;
  if (sparseFeatures.length === 0) return () => {};
  const numberOf = featureColumns(sparseFeatures);
  // Columns whose most frequent value is not 0 need an entry in each row that does not name them.
  const zeroBins = Int32Array.from(sparseFeatures, (_, i) => firstBins[dense + i]! + binOf(map, dense + i, 0));
  const notZero = Int32Array.from(zeroBins.keys()).filter((i) => zeroBins[i] !== defaults[dense + i]);
  return (row, entries) => {
    let next = 0; // of notZero
    for (let entry = sparse?.starts[row] ?? 0; entry < (sparse?.starts[row + 1] ?? 0); entry++) {
      const number = numberOf(sparse!.indices[entry]!);
      if (number < 0) continue;
      const column = dense + number;
      while (next < notZero.length && dense + notZero[next]! < column) entries.push(zeroBins[notZero[next++]!]!);
      if (next < notZero.length && dense + notZero[next]! === column) next++;
      const bin = firstBins[column]! + binOf(map, column, sparse!.values[entry]!);
      if (bin !== defaults[column]) entries.push(bin);
    }
    while (next < notZero.length) entries.push(zeroBins[notZero[next++]!]!);
  };
}

/** The number of a value's bin within its column. */
export function binOf({ edges, edgeStarts }: BinMap, column: number, value: number): number {
  if (Number.isNaN(value)) return 0;
  // Comparisons are added up instead of branched on: which way they go cannot be predicted.
  const first = edgeStarts[column]!;
  let low = first;
  let left = edgeStarts[column + 1]! - first;
  while (left > 1) {
    const half = left >> 1;
    low += half & -(value > edges[low + half - 1]!);
    left -= half;
  }
  const above = left === 0 ? 0 : Number(value > edges[low]!);
  return low - first + 1 + above;
}

/** The number over all columns of the bin that a row has in a column. */
export function binAt({ starts, entries, firstBins, map }: BinnedMatrix, row: number, column: number): number {
  const first = firstBins[column]!;
  const end = starts[row + 1]!;
  let low = starts[row]!;
  let high = end;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (entries[middle]! < first) low = middle + 1;
    else high = middle;
  }
  return low < end && entries[low]! < firstBins[column + 1]! ? entries[low]! : map.defaults[column]!;
}
