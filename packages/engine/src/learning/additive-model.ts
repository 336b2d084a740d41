/**
 * A generalised additive model of a score in log-odds (Hastie and Tibshirani, 1986), with some pairwise tables (GA²M, Lou et
 * al., KDD 2013), kept twice: once for listings that are new to the buyer and once for those that are the buyer's own.
 *
 *     score(x, g) = bias[g] + Σ_f  line[g][f](x_f) + Σ_(a,b)  table[g][a,b](x_a, x_b)
 *
 * Every feature lies in [0, 1]. A line is piecewise linear between KNOTS evenly spaced values; a table is constant on a
 * CELLS × CELLS grid. Where training has shown a feature no values, its line stays at the prior slope that the feature declares.
 */
import { RialtoError } from '../base/errors.ts';
import { packModel, unpackModel } from './model-file.ts';

export const KNOTS = 9;
export const CELLS = 8;
/** Gates: 0 = new to the buyer, 1 = the buyer's own. */
export const GATES = 2;

const KIND = 'additive';
const VERSION = 1;

export interface AdditiveModel {
  readonly features: readonly string[];
  /** Pairs of feature indexes. */
  readonly crosses: readonly (readonly [number, number])[];
  readonly bias: Float32Array; // [GATES]
  readonly lines: Float32Array; // [GATES × features × KNOTS]
  readonly tables: Float32Array; // [GATES × crosses × CELLS × CELLS]
}

/** A model of straight lines: `slopes` are the log-odds that each feature adds at 1. */
export function priorModel(features: readonly string[], slopes: readonly number[], crosses: AdditiveModel['crosses'] = []): AdditiveModel {
  const lines = new Float32Array(GATES * features.length * KNOTS);
  for (let i = 0; i < lines.length; i++) {
    const feature = Math.floor(i / KNOTS) % features.length;
    lines[i] = (slopes[feature]! * (i % KNOTS)) / (KNOTS - 1);
  }
  return { features, crosses, bias: new Float32Array(GATES), lines, tables: new Float32Array(GATES * crosses.length * CELLS * CELLS) };
}

/** The cell of a value in a table's row or column. */
export const cellOf = (x: number): number => (x >= 1 ? CELLS - 1 : (x * CELLS) | 0);

/**
 * Scores rows of a column-major matrix.
 * `columns`: one Float32Array a feature, [rows]. `gates`: [rows]. `out`: [rows], log-odds.
 */
export function scoreRows(model: AdditiveModel, columns: readonly Float32Array[], gates: Uint8Array, rows: number, out: Float64Array): void {
  const { lines, tables, bias } = model;
  const gateLines = model.features.length * KNOTS;
  const gateTables = model.crosses.length * CELLS * CELLS;
  for (let row = 0; row < rows; row++) out[row] = bias[gates[row]!]!;
  for (let feature = 0; feature < model.features.length; feature++) {
    const column = columns[feature]!;
    for (let row = 0; row < rows; row++) {
      const x = column[row]! * (KNOTS - 1);
      const knot = x >= KNOTS - 1 ? KNOTS - 2 : x | 0;
      const at = gates[row]! * gateLines + feature * KNOTS + knot;
      const left = lines[at]!;
      out[row]! += left + (lines[at + 1]! - left) * (x - knot);
    }
  }
  for (let cross = 0; cross < model.crosses.length; cross++) {
    const [a, b] = model.crosses[cross]!;
    const first = columns[a]!;
    const second = columns[b]!;
    for (let row = 0; row < rows; row++) {
      out[row]! += tables[gates[row]! * gateTables + (cross * CELLS + cellOf(first[row]!)) * CELLS + cellOf(second[row]!)]!;
    }
  }
}

/** What each feature adds to one row's score; crosses are named `a × b`. */
export function explainRow(model: AdditiveModel, columns: readonly Float32Array[], gate: number, row: number): Record<string, number> {
  const parts: Record<string, number> = {};
  for (let feature = 0; feature < model.features.length; feature++) {
    const x = columns[feature]![row]! * (KNOTS - 1);
    const knot = x >= KNOTS - 1 ? KNOTS - 2 : x | 0;
    const at = (gate * model.features.length + feature) * KNOTS + knot;
    const left = model.lines[at]!;
    parts[model.features[feature]!] = left + (model.lines[at + 1]! - left) * (x - knot);
  }
  for (let cross = 0; cross < model.crosses.length; cross++) {
    const [a, b] = model.crosses[cross]!;
    const cell = cellOf(columns[a]![row]!) * CELLS + cellOf(columns[b]![row]!);
    parts[`${model.features[a]} × ${model.features[b]}`] = model.tables[(gate * model.crosses.length + cross) * CELLS * CELLS + cell]!;
  }
  return parts;
}

export function packAdditive(model: AdditiveModel): Uint8Array {
  const { features, crosses, bias, lines, tables } = model;
  return packModel({ kind: KIND, version: VERSION, info: { features, crosses }, arrays: { bias, lines, tables } });
}

/** Throws `bad-model` where the bytes are no such model or it was trained on other features than `features`. */
export function unpackAdditive(bytes: Uint8Array, features: readonly string[]): AdditiveModel {
  const { info, arrays } = unpackModel(bytes, KIND, VERSION);
  const trained = info['features'] as string[];
  if (trained.join() !== features.join()) {
    throw new RialtoError('bad-model', `the model was trained on the features ${trained.join(', ')}, but this version has ${features.join(', ')}`);
  }
  return {
    features: trained,
    crosses: info['crosses'] as [number, number][],
    bias: arrays['bias'] as Float32Array,
    lines: arrays['lines'] as Float32Array,
    tables: arrays['tables'] as Float32Array,
  };
}
