/**
 * A generalised additive model of a score in log-odds (Hastie and Tibshirani, 1986), kept once for each value of a gate: for
 * rows of different nature, such as listings that are new to a buyer and listings that are the buyer's own.
 *
 *     score(x, g) = bias[g] + Σ_f line[g][f](x_f)
 *
 * Every feature lies in [0, 1]; a line is piecewise linear between KNOTS evenly spaced values. Where training has shown a
 * feature no values, its line stays at the prior slope that it started with.
 */
import { RialtoError } from '../base/errors.ts';
import { packModel, unpackModel } from './model-file.ts';

export const KNOTS = 9;
export const GATES = 2;

export const ADDITIVE_KIND = 'additive';
const VERSION = 1;

export interface AdditiveModel {
  readonly features: readonly string[];
  readonly bias: Float32Array; // [GATES]
  readonly lines: Float32Array; // [GATES × features × KNOTS]
}

/** A model of straight lines: `slopes` are the log-odds that each feature adds at 1. */
export function priorModel(features: readonly string[], slopes: readonly number[]): AdditiveModel {
  const lines = new Float32Array(GATES * features.length * KNOTS);
  for (let i = 0; i < lines.length; i++) {
    const feature = Math.floor(i / KNOTS) % features.length;
    lines[i] = (slopes[feature]! * (i % KNOTS)) / (KNOTS - 1);
  }
  return { features, bias: new Float32Array(GATES), lines };
}

/** One feature's values over all rows of a column-major matrix. A line is 0 at 0, so cells that are 0 need no visit. */
export interface FeatureColumn {
  /** `sparse`: 0 but at `sparseRows`. `constant`: `values[0]` for all rows. `zero`: 0 for all. */
  readonly shape: 'dense' | 'sparse' | 'constant' | 'zero';
  readonly values: Float32Array; // [rows]
  readonly sparseRows: Int32Array; // [sparseCount]
  readonly sparseCount: number;
}

export interface FeatureRows {
  readonly columns: readonly FeatureColumn[]; // [features]
  readonly gates: Uint8Array; // [rows]
  readonly rows: number;
}

/** A model made ready to score many rows: each piece of a line as an offset and a slope, a + b · x. */
export class AdditiveScorer {
  readonly #model: AdditiveModel;
  readonly #offsets: Float64Array; // [GATES × features × KNOTS]
  readonly #slopes: Float64Array; // [GATES × features × KNOTS]
  /** Scratch memory: the features whose columns are dense. */
  readonly #dense: Int32Array;

  constructor(model: AdditiveModel) {
    this.#model = model;
    const { lines } = model;
    this.#dense = new Int32Array(model.features.length);
    this.#offsets = Float64Array.from(lines);
    this.#slopes = new Float64Array(lines.length);
    for (let i = 0; i < lines.length; i++) {
      const knot = i % KNOTS;
      // The last knot is a piece of its own, for x = 1.
      if (knot === KNOTS - 1) continue;
      const rise = lines[i + 1]! - lines[i]!;
      this.#slopes[i] = rise * (KNOTS - 1);
      this.#offsets[i]! -= rise * knot;
    }
  }

  /** The log-odds of each row. `out`: [rows] */
  scoreRows({ columns, gates, rows }: FeatureRows, out: Float64Array): void {
    const base = gateConstants(this.#model, columns);
    for (let row = 0; row < rows; row++) out[row] = base[0]!;
    let dense = 0;
    for (let feature = 0; feature < columns.length; feature++)
      if (columns[feature]!.shape === 'dense') this.#dense[dense++] = feature;
    let next = 0;
    for (; next + 4 <= dense; next += 4) this.#addFour(this.#dense, next, columns, rows, out);
    for (; next < dense; next++) {
      const feature = this.#dense[next]!;
      this.addColumn(feature, 0, columns[feature]!.values, rows, out);
    }
    for (let row = 0; row < rows; row++)
      if (gates[row] !== 0) out[row] = base[gates[row]!]! + this.#denseOf(gates[row]!, dense, columns, row);
    for (let feature = 0; feature < columns.length; feature++) {
      const column = columns[feature]!;
      if (column.shape === 'sparse') this.#addSparse(feature * KNOTS, column, gates, out);
    }
  }

  /** Four columns in one walk, by the lines of gate 0: most rows are of that gate. */
  #addFour(
    features: Int32Array,
    from: number,
    columns: readonly FeatureColumn[],
    rows: number,
    out: Float64Array,
  ): void {
    const offsets = this.#offsets;
    const slopes = this.#slopes;
    const [a, b, c, d] = [features[from]!, features[from + 1]!, features[from + 2]!, features[from + 3]!];
    const [as, bs, cs, ds] = [columns[a]!.values, columns[b]!.values, columns[c]!.values, columns[d]!.values];
    for (let row = 0; row < rows; row++) {
      const x = as[row]!;
      const y = bs[row]!;
      const z = cs[row]!;
      const w = ds[row]!;
      const atX = a * KNOTS + ((x * (KNOTS - 1)) | 0);
      const atY = b * KNOTS + ((y * (KNOTS - 1)) | 0);
      const atZ = c * KNOTS + ((z * (KNOTS - 1)) | 0);
      const atW = d * KNOTS + ((w * (KNOTS - 1)) | 0);
      const first = offsets[atX]! + slopes[atX]! * x + (offsets[atY]! + slopes[atY]! * y);
      const second = offsets[atZ]! + slopes[atZ]! * z + (offsets[atW]! + slopes[atW]! * w);
      out[row]! += first + second;
    }
  }

  /** Adds what one feature's line of a gate makes of `values` to `out`. values, out: [rows] */
  addColumn(feature: number, gate: number, values: Float32Array, rows: number, out: Float64Array): void {
    const offsets = this.#offsets;
    const slopes = this.#slopes;
    const line = (gate * this.#model.features.length + feature) * KNOTS;
    for (let row = 0; row < rows; row++) {
      const x = values[row]!;
      const at = line + ((x * (KNOTS - 1)) | 0);
      out[row]! += offsets[at]! + slopes[at]! * x;
    }
  }

  /** What the dense columns add to a row of a gate that few rows have. */
  #denseOf(gate: number, dense: number, columns: readonly FeatureColumn[], row: number): number {
    const line = gate * this.#model.features.length;
    let sum = 0;
    for (let i = 0; i < dense; i++) {
      const feature = this.#dense[i]!;
      const x = columns[feature]!.values[row]!;
      const at = (line + feature) * KNOTS + ((x * (KNOTS - 1)) | 0);
      sum += this.#offsets[at]! + this.#slopes[at]! * x;
    }
    return sum;
  }

  #addSparse(line: number, column: FeatureColumn, gates: Uint8Array, out: Float64Array): void {
    const { values, sparseRows, sparseCount } = column;
    const gateLines = this.#model.features.length * KNOTS;
    for (let i = 0; i < sparseCount; i++) {
      const row = sparseRows[i]!;
      const x = values[row]!;
      const at = gates[row]! * gateLines + line + ((x * (KNOTS - 1)) | 0);
      out[row]! += this.#offsets[at]! + this.#slopes[at]! * x;
    }
  }
}

/** The line that starts at `line`, at `value` in [0, 1]. */
function lineAt(lines: Float32Array, line: number, value: number): number {
  const x = value * (KNOTS - 1);
  const knot = x >= KNOTS - 1 ? KNOTS - 2 : x | 0;
  const left = lines[line + knot]!;
  return left + (lines[line + knot + 1]! - left) * (x - knot);
}

/** What all rows of a gate have in common: its bias and the constant columns. [GATES] */
function gateConstants({ bias, lines, features }: AdditiveModel, columns: readonly FeatureColumn[]): Float64Array {
  const constants = new Float64Array(GATES);
  for (let gate = 0; gate < GATES; gate++) {
    constants[gate] = bias[gate]!;
    for (let feature = 0; feature < columns.length; feature++) {
      const { shape, values } = columns[feature]!;
      if (shape === 'constant')
        constants[gate]! += lineAt(lines, (gate * features.length + feature) * KNOTS, values[0]!);
    }
  }
  return constants;
}

/** What each feature adds to one row's score. */
export function explainRow(model: AdditiveModel, { columns, gates }: FeatureRows, row: number): Record<string, number> {
  const parts: Record<string, number> = {};
  columns.forEach((column, feature) => {
    parts[model.features[feature]!] = lineAt(
      model.lines,
      (gates[row]! * model.features.length + feature) * KNOTS,
      cellOf(column, row),
    );
  });
  return parts;
}

/** A cell of a column, whatever its shape; sparse columns hold zeros where nothing was put. */
export function cellOf({ shape, values }: FeatureColumn, row: number): number {
  return shape === 'zero' ? 0 : values[shape === 'constant' ? 0 : row]!;
}

export function packAdditive(model: AdditiveModel): Uint8Array {
  const { features, bias, lines } = model;
  return packModel({ kind: ADDITIVE_KIND, version: VERSION, info: { features }, arrays: { bias, lines } });
}

/** Throws `bad-model` where the bytes are no such model, or one of other features than `features`, or a weight is not finite. */
export function unpackAdditive(bytes: Uint8Array, features: readonly string[]): AdditiveModel {
  const { info, arrays } = unpackModel(bytes, ADDITIVE_KIND, VERSION);
  const trained = info['features'] as readonly string[] | undefined;
  if (trained?.join() !== features.join()) {
    throw new RialtoError(
      'bad-model',
      `the model was trained on the features ${trained?.join(', ')}, but this version has ${features.join(', ')}`,
    );
  }
  const { bias, lines } = arrays as Pick<AdditiveModel, 'bias' | 'lines'>;
  const whole = bias?.length === GATES && lines?.length === GATES * features.length * KNOTS;
  if (!whole || !bias.every(Number.isFinite) || !lines.every(Number.isFinite))
    throw new RialtoError('bad-model', 'the model lacks weights, or holds some that are no numbers');
  return { features, bias, lines };
}
