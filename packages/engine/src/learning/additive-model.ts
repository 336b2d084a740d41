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

const KIND = 'additive';
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

/**
 * Scores rows of a column-major matrix.
 * `columns`: one Float32Array a feature, [rows]. `gates`: [rows]. `out`: [rows], log-odds.
 */
export function scoreRows(model: AdditiveModel, columns: readonly Float32Array[], gates: Uint8Array, rows: number, out: Float64Array): void {
  const { lines, bias } = model;
  const gateLines = model.features.length * KNOTS;
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
}

/** What each feature adds to one row's score. */
export function explainRow(model: AdditiveModel, columns: readonly Float32Array[], gate: number, row: number): Record<string, number> {
  const parts: Record<string, number> = {};
  for (let feature = 0; feature < model.features.length; feature++) {
    const x = columns[feature]![row]! * (KNOTS - 1);
    const knot = x >= KNOTS - 1 ? KNOTS - 2 : x | 0;
    const at = (gate * model.features.length + feature) * KNOTS + knot;
    const left = model.lines[at]!;
    parts[model.features[feature]!] = left + (model.lines[at + 1]! - left) * (x - knot);
  }
  return parts;
}

export function packAdditive(model: AdditiveModel): Uint8Array {
  const { features, bias, lines } = model;
  return packModel({ kind: KIND, version: VERSION, info: { features }, arrays: { bias, lines } });
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
    bias: arrays['bias'] as Float32Array,
    lines: arrays['lines'] as Float32Array,
  };
}
