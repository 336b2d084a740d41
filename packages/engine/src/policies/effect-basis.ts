/**
 * What an effect may hang on, as blocks of columns: for each feature its level (or where it lies among the quantiles) and a curve of hats over
 * those; for each two features a table of products of coarser hats; and each score that others have learned, as it is.
 *
 *     a hat at quantile q_k:  1 at q_k, 0 from its neighbours on, straight between
 *
 * Few distinct values have a level each; missing ones have a level of their own. Not for more than a few thousand columns: of many features, the
 * caller says which are paired.
 */

export interface EffectBlock {
  readonly kind: 'learned' | 'feature' | 'pair';
  /** Features, or the score that was learned. */
  readonly of: readonly number[];
  readonly at: number;
  readonly size: number;
  /** Of all blocks of its kind, how likely it is to matter, relative to the others. */
  readonly weight: number;
}

interface Axis {
  readonly knots: Float64Array; // [knots], rising
  readonly levels: boolean;
  readonly missing: boolean;
}

const KNOTS = 8;
const KNOTS_IN_PAIRS = 3;
/** A column of no more distinct values has a level for each. */
const LEVELS_MAX = 8;
const LEVELS_IN_PAIRS_MAX = 4;

/** The cells of one row that are not zero. */
export interface RowCells {
  readonly columns: Int32Array; // [count]
  readonly values: Float64Array; // [count]
  count: number;
}

export class EffectBasis {
  readonly blocks: readonly EffectBlock[];
  readonly size: number;
  readonly #fine: readonly Axis[];
  readonly #coarse: readonly Axis[];
  readonly #positions: Float64Array; // [features × (fine, coarse)]

  /** columns: [features][rows] of training. paired: the features of which tables of two are made. */
  constructor(columns: readonly Float32Array[], learned: number, paired: readonly number[]) {
    const sorted = columns.map(distinctQuantiles);
    this.#fine = sorted.map((values) => axisOf(values, KNOTS, LEVELS_MAX));
    this.#coarse = sorted.map((values) => axisOf(values, KNOTS_IN_PAIRS, LEVELS_IN_PAIRS_MAX));
    this.#positions = new Float64Array(2 * columns.length);
    const blocks: EffectBlock[] = [];
    let at = 0;
    const add = (kind: EffectBlock['kind'], of: readonly number[], size: number, weight: number): void => {
      blocks.push({ kind, of, at, size, weight });
      at += size;
    };
    this.#fine.forEach((axis, feature) => {
      const curved = !axis.levels;
      if (curved) add('feature', [feature], 1, 0.5);
      add('feature', [feature], sizeOf(axis), curved ? 0.5 : 1);
    });
    paired.forEach((a, i) => {
      for (const b of paired.slice(i + 1)) add('pair', [a, b], sizeOf(this.#coarse[a]!) * sizeOf(this.#coarse[b]!), 1);
    });
    for (let score = 0; score < learned; score++) add('learned', [score], 1, 1);
    this.blocks = blocks;
    this.size = at;
  }

  cells(): RowCells {
    const most = this.blocks.reduce((sum, { size }) => sum + Math.min(4, size), 0);
    return { columns: new Int32Array(most), values: new Float64Array(most), count: 0 };
  }

  /** The cells of a row. columns: [features][rows]; learned: [scores][rows] */
  read(columns: readonly Float32Array[], learned: readonly Float64Array[], row: number, out: RowCells): void {
    const positions = this.#positions;
    for (let feature = 0; feature < columns.length; feature++) {
      positions[2 * feature] = positionOn(this.#fine[feature]!, columns[feature]![row]!);
      positions[2 * feature + 1] = positionOn(this.#coarse[feature]!, columns[feature]![row]!);
    }
    out.count = 0;
    for (const block of this.blocks) {
      if (block.kind === 'learned') put(out, block.at, learned[block.of[0]!]![row]!);
      else if (block.kind === 'feature') this.#readFeature(block, out);
      else this.#readPair(block, out);
    }
  }

  #readFeature({ of, at, size }: EffectBlock, out: RowCells): void {
    const axis = this.#fine[of[0]!]!;
    const position = this.#positions[2 * of[0]!]!;
    if (size === 1 && !axis.levels) {
      const last = axis.knots.length - 1;
      put(out, at, position > last ? 0.5 : position / last);
      return;
    }
    const knot = Math.floor(position);
    put(out, at + knot, 1 - position + knot);
    put(out, at + knot + 1, position - knot);
  }

  #readPair({ of, at }: EffectBlock, out: RowCells): void {
    const a = this.#positions[2 * of[0]! + 1]!;
    const b = this.#positions[2 * of[1]! + 1]!;
    const width = sizeOf(this.#coarse[of[1]!]!);
    const [i, j] = [Math.floor(a), Math.floor(b)];
    const [s, t] = [a - i, b - j];
    const first = at + i * width + j;
    put(out, first, (1 - s) * (1 - t));
    put(out, first + 1, (1 - s) * t);
    put(out, first + width, s * (1 - t));
    put(out, first + width + 1, s * t);
  }
}

function put(out: RowCells, column: number, value: number): void {
  if (value === 0) return;
  out.columns[out.count] = column;
  out.values[out.count++] = value;
}

const sizeOf = ({ knots, missing }: Axis): number => knots.length + (missing ? 1 : 0);

interface Quantiles {
  readonly sorted: Float32Array;
  readonly distinct: readonly number[]; // at most LEVELS_MAX + 1
  readonly missing: boolean;
}

function distinctQuantiles(column: Float32Array): Quantiles {
  const sorted = column.filter((value) => !Number.isNaN(value)).sort();
  const distinct: number[] = [];
  for (let i = 0; i < sorted.length && distinct.length <= LEVELS_MAX; i++)
    if (i === 0 || sorted[i] !== sorted[i - 1]) distinct.push(sorted[i]!);
  return { sorted, distinct, missing: sorted.length < column.length };
}

function axisOf({ sorted, distinct, missing }: Quantiles, knots: number, levelsMax: number): Axis {
  if (sorted.length === 0) return { knots: Float64Array.of(0), levels: true, missing };
  if (distinct.length <= levelsMax) return { knots: Float64Array.from(distinct), levels: true, missing };
  const last = sorted.length - 1;
  const quantiles = Array.from({ length: knots }, (_, i) => sorted[Math.round((i * last) / (knots - 1))]!);
  const rising = quantiles.filter((value, i) => i === 0 || value > quantiles[i - 1]!);
  return { knots: Float64Array.from(rising), levels: rising.length === 1, missing };
}

/** Between which knots a value lies: a whole number on a knot. The missing come after the last knot. */
function positionOn({ knots, levels, missing }: Axis, value: number): number {
  const last = knots.length - 1;
  if (Number.isNaN(value)) return missing ? last + 1 : last >> 1;
  if (value <= knots[0]!) return 0;
  if (value >= knots[last]!) return last;
  let knot = 0;
  while (knots[knot + 1]! <= value) knot++;
  const position = knot + (value - knots[knot]!) / (knots[knot + 1]! - knots[knot]!);
  return levels ? Math.round(position) : position;
}
