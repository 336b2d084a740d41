/**
 * One regression for many series: the next H values of a series are linear in its last L, with coefficients shared by all
 * series and corrected for groups that move alike.
 *
 *     (y_{t+h} − c_t) / s = Σ_l β_{h,l} (y_{t−l} − c_t) / s        l = 0 … L−1, h = 1 … H
 *     c_t: mean of the last season's values;  s: mean |y_t − y_{t−m}| of the series (`seriesUnit`)
 *
 * Every stretch of every series is an example, so that few hundred series of a few hundred values teach hundreds of lags; the
 * seasons, their number and their mixture are learned, not assumed. Squared errors are reweighted once by the size of the error,
 * so that it is about the mean absolute error that is minimised. A group's coefficients are those of all plus what its own
 * residuals add, held back by a prior. On pooling: Montero-Manso and Hyndman, IJF 2021.
 *
 * Not for series shorter than L, nor for those that never changed: see `canForecast`.
 */
import { seriesUnit } from './forecast-accuracy.ts';
import { fitRidge, type RidgeRows, residuals } from './ridge.ts';
import { groupSeries } from './series-groups.ts';

/** Series in one time step, none with gaps. */
export interface Panel {
  readonly histories: readonly Float64Array[];
  /** Steps of the shortest season: 24 for hours of a day. */
  readonly season: number;
  readonly horizon: number;
}

export interface PooledOptions {
  readonly lags: number;
  /** So many last values of each series are not learned from. */
  readonly held: number;
  /** For each member, into how many groups the series are put. */
  readonly groupings: readonly number[];
  /** Regress logarithms, where a series has no negative values. */
  readonly logarithmic: boolean;
  readonly windowsMax: number;
}

const PENALTY = 0.1;
/** The pull of a group's coefficients to those of all, in windows that do not overlap. */
const GROUP_PRIOR_WINDOWS = 230;
/** Errors below this count as this, in seasonal naive errors. */
const ERROR_MIN = 0.1;
/** Of the mean: what is added before the logarithm to series that come near zero. */
const LOG_OFFSET = 0.1;
const HISTORY_SEASONS = 7;

/** A series as the regression sees it, and the way back. */
interface Scaled {
  readonly values: Float64Array;
  readonly unit: number;
  readonly offset: number;
  readonly logarithmic: boolean;
}

export class PooledForecaster {
  readonly members: number;
  readonly #panel: Panel;
  readonly #options: PooledOptions;
  readonly #series: readonly Scaled[];
  /** Of each member: of each series, its group's. [features × horizon] */
  readonly #coefficients: readonly (readonly Float64Array[])[];

  constructor(panel: Panel, options: PooledOptions) {
    this.#panel = panel;
    this.#options = options;
    this.members = options.groupings.length;
    this.#series = panel.histories.map((history) => scaled(history, panel.season, options));
    const { data, owners, stride } = this.#examples();
    const shared = fitShared(data);
    const errors = residuals(data, shared);
    const left = { ...data, targets: errors, weights: absoluteWeights(errors, data) };
    const prior = (GROUP_PRIOR_WINDOWS * panel.horizon) / stride;
    this.#coefficients = options.groupings.map((groups) => {
      if (groups <= 1) return this.#series.map(() => shared);
      const seen = this.#series.map(({ values }) => values.subarray(0, Math.max(0, values.length - options.held)));
      return correctedByGroup(left, owners, groupSeries(seen, panel.season, groups), { shared, prior });
    });
  }

  #examples(): { data: RidgeRows; owners: Int32Array; stride: number } {
    const { lags, held, windowsMax } = this.#options;
    const { horizon, season } = this.#panel;
    const last = this.#series.map(({ values, unit }) => (unit > 0 ? values.length - held - horizon : 0));
    const total = last.reduce((sum, end) => sum + Math.max(0, end - lags + 1), 0);
    const stride = coprime(Math.max(1, Math.ceil(total / windowsMax)), season);
    const owners: number[] = [];
    const ends: number[] = [];
    last.forEach((latest, series) => {
      for (let end = latest; end >= lags; end -= stride) {
        owners.push(series);
        ends.push(end);
      }
    });
    const rows = owners.length;
    const features = lags + 1;
    const inputs = new Float64Array(rows * features);
    const targets = new Float64Array(rows * horizon);
    for (let row = 0; row < rows; row++) {
      const { values, unit } = this.#series[owners[row]!]!;
      const centre = this.#inputs(owners[row]!, ends[row]!, inputs.subarray(row * features, (row + 1) * features));
      for (let h = 0; h < horizon; h++) targets[row * horizon + h] = (values[ends[row]! + h]! - centre) / unit;
    }
    const weights = new Float64Array(rows).fill(1);
    return {
      data: { rows, features, outputs: horizon, inputs, targets, weights },
      owners: Int32Array.from(owners),
      stride,
    };
  }

  /** Writes the features of the window that ends before `end`, and returns its centre. */
  #inputs(series: number, end: number, out: Float64Array): number {
    const { values, unit } = this.#series[series]!;
    const { lags } = this.#options;
    const window = Math.min(lags, HISTORY_SEASONS * this.#panel.season);
    let centre = 0;
    for (let i = 1; i <= window; i++) centre += values[end - i]!;
    centre /= window;
    for (let i = 0; i < lags; i++) out[i] = (values[end - 1 - i]! - centre) / unit;
    out[lags] = 1;
    return centre;
  }

  canForecast(series: number, end = this.#series[series]!.values.length): boolean {
    return end >= this.#options.lags && this.#series[series]!.unit > 0;
  }

  /** From what the series had before step `end`. [horizon] */
  forecast(member: number, series: number, end = this.#series[series]!.values.length): Float64Array {
    const { horizon } = this.#panel;
    const { unit, offset, logarithmic } = this.#series[series]!;
    const inputs = new Float64Array(this.#options.lags + 1);
    const centre = this.#inputs(series, end, inputs);
    const coefficients = this.#coefficients[member]![series]!;
    const result = new Float64Array(horizon);
    inputs.forEach((input, i) => {
      for (let h = 0; h < horizon; h++) result[h]! += input * coefficients[i * horizon + h]!;
    });
    return result.map((value) => {
      const level = value * unit + centre;
      return logarithmic ? Math.exp(level) - offset : level;
    });
  }
}

function scaled(history: Float64Array, season: number, { held, logarithmic }: PooledOptions): Scaled {
  const seen = history.subarray(0, Math.max(0, history.length - held));
  const least = seen.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const mean = seen.reduce((a, b) => a + b, 0) / Math.max(1, seen.length);
  const useLog = logarithmic && least >= 0 && mean > 0;
  const offset = useLog ? Math.max(0, LOG_OFFSET * mean - least) : 0;
  // What is held back may be lower than anything before it.
  const floor = 1e-3 * mean;
  const values = useLog ? history.map((value) => Math.log(Math.max(floor, value + offset))) : history;
  return { values, unit: seriesUnit(values.subarray(0, seen.length), season), offset, logarithmic: useLog };
}

function fitShared(data: RidgeRows): Float64Array {
  const even = fitRidge(data, penalties(data, PENALTY * data.rows));
  const weighted = { ...data, weights: absoluteWeights(residuals(data, even), data) };
  return fitRidge(weighted, penalties(data, PENALTY * sumOf(weighted.weights)));
}

/** The constant term is not held back. */
function penalties({ features }: RidgeRows, penalty: number): Float64Array {
  return new Float64Array(features).fill(penalty).fill(1e-9 * penalty, features - 1);
}

/** w = 1 / mean |error|: weighted squares then stand for absolute errors. */
function absoluteWeights(errors: Float64Array, { rows, outputs }: RidgeRows): Float64Array {
  return Float64Array.from({ length: rows }, (_, row) => {
    let sum = 0;
    for (let c = 0; c < outputs; c++) sum += Math.abs(errors[row * outputs + c]!);
    return 1 / Math.max(ERROR_MIN, sum / outputs);
  });
}

function correctedByGroup(
  left: RidgeRows,
  owners: Int32Array,
  groups: Int32Array,
  { shared, prior }: { readonly shared: Float64Array; readonly prior: number },
): readonly Float64Array[] {
  const size = 1 + groups.reduce((a, b) => Math.max(a, b), 0);
  const ofGroup = Array.from({ length: size }, (_, group) => {
    const data = rowsWhere(left, (row) => groups[owners[row]!] === group);
    if (data.rows === 0) return shared;
    const penalty = (prior * sumOf(data.weights)) / data.rows;
    const correction = fitRidge(data, new Float64Array(data.features).fill(penalty));
    return shared.map((coefficient, i) => coefficient + correction[i]!);
  });
  return Array.from(groups, (group) => ofGroup[group]!);
}

function rowsWhere(data: RidgeRows, keep: (row: number) => boolean): RidgeRows {
  const { features, outputs } = data;
  const kept: number[] = [];
  for (let row = 0; row < data.rows; row++) if (keep(row)) kept.push(row);
  const inputs = new Float64Array(kept.length * features);
  const targets = new Float64Array(kept.length * outputs);
  kept.forEach((row, i) => {
    inputs.set(data.inputs.subarray(row * features, (row + 1) * features), i * features);
    targets.set(data.targets.subarray(row * outputs, (row + 1) * outputs), i * outputs);
  });
  return { ...data, rows: kept.length, inputs, targets, weights: Float64Array.from(kept, (row) => data.weights[row]!) };
}

function coprime(from: number, to: number): number {
  let n = from;
  while (greatestCommonDivisor(n, to) > 1) n++;
  return n;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

function sumOf(values: Float64Array): number {
  return values.reduce((a, b) => a + b, 0);
}
