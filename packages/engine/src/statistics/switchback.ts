/**
 * Switchback experiments: cells of region × time that are switched between treatment and control, all units of a cell together.
 * The effect is that of a linear model with effects of regions and of seasons (such as the hour of the week),
 *
 *   y_c = τ T_c + region + season + e,   τ = Σ T̃ ỹ / Σ T̃²,   Var τ = Σ T̃² e² / (Σ T̃²)² · n / (n − k)
 *
 * (T̃, ỹ: what regions and seasons leave over; heteroskedasticity-robust, HC1; weighted least squares where cells have weights, such as
 * the decisions that a mean is of, with HC2, e² / (1 − h), instead: heavy cells pull the fit to themselves). Cells that are assigned independently need no more,
 * however outcomes hang together in time (Bojinov, Simchi-Levi & Zhao 2023); where neighbouring cells are assigned together, they
 * are one `block`, and variances are of blocks' sums. Cells' values must leave out the burn-in after a switch.
 * The randomisation test assigns again under the null hypothesis of no effect at all, and trusts no model.
 */
import { RialtoError } from '../base/errors.ts';
import type { Rng } from '../base/rng.ts';
import { around, type Interval } from './contrast.ts';
import { studentQuantile, studentTwoSided } from './distributions.ts';

export interface SwitchbackCells {
  /** The metric of each cell. [cells] */
  readonly value: Float64Array;
  /** 1 or 0. [cells] */
  readonly treated: Uint8Array;
  /** Region of each cell, from 0. [cells] */
  readonly region: Int32Array;
  /** Of each cell, from 0; all 0 where there is none. [cells] */
  readonly season: Int32Array;
  /** Cells that were assigned together, from 0. Each by itself where absent. [cells] */
  readonly block?: Int32Array;
  /** Above 0: what the value of each cell is a mean of. All alike where absent. [cells] */
  readonly weight?: Float64Array;
}

export interface SwitchbackEffect {
  readonly absolute: number;
  readonly standardError: number;
  readonly df: number;
  readonly ci: Interval;
  readonly p: number;
}

const SWEEPS = 500;
const CONVERGED = 1e-12;
const ROUNDING = 1e-11;
const EPSILON = 1e-14;
const LEVERAGE_MAX = 0.99;

/** Throws `bad-experiment` where regions and seasons leave nothing of the assignment to compare. */
export function switchbackEffect(cells: SwitchbackCells, alpha: number): SwitchbackEffect {
  const { value, treated, region, season } = cells;
  const fit = fitted(cells, residuals(cells, treated), residuals(cells, value));
  if (fit === undefined)
    throw new RialtoError(
      'bad-experiment',
      `${value.length} cells in ${countOf(region)} regions and ${countOf(season)} seasons leave nothing to compare: run longer, or name fewer seasons`,
    );
  const { absolute, standardError, df } = fit;
  const ci = around(absolute, studentQuantile(1 - alpha / 2, df) * standardError);
  const p = standardError > 0 ? studentTwoSided(absolute / standardError, df) : absolute === 0 ? 1 : 0;
  return { absolute, standardError, df, ci, p };
}

/**
 * Share of `draws` new assignments whose studentised effect is at least as far from zero, the true one counted among them.
 * `assign` fills in a new assignment of all cells, made as the experiment's was; one that leaves nothing to compare counts as far.
 */
export function randomisationP(
  cells: SwitchbackCells,
  assign: (treated: Uint8Array, rng: Rng) => void,
  { draws, rng }: { readonly draws: number; readonly rng: Rng },
): number {
  const y = residuals(cells, cells.value);
  const statistic = (treated: Uint8Array): number => {
    const fit = fitted(cells, residuals(cells, treated), y);
    if (fit === undefined) return Number.POSITIVE_INFINITY;
    return fit.absolute === 0 ? 0 : Math.abs(fit.absolute / fit.standardError);
  };
  const seen = statistic(cells.treated);
  const treated = new Uint8Array(cells.treated.length);
  let asFar = 1;
  for (let draw = 0; draw < draws; draw++) {
    assign(treated, rng);
    if (statistic(treated) >= seen * (1 - 1e-12)) asFar++;
  }
  return asFar / (draws + 1);
}

/** From residuals of treatment and value; undefined where the treatment's are nothing. */
function fitted({ region, season, block, weight }: SwitchbackCells, t: Float64Array, y: Float64Array) {
  const spread = t.reduce((sum, x, i) => sum + (weight?.[i] ?? 1) * x * x, 0);
  const blocks = block === undefined ? t.length : countOf(block);
  const df = blocks - countOf(region) - countOf(season);
  const size = weight === undefined ? 1 : weight.reduce((sum, w) => sum + w, 0) / weight.length;
  if (!(spread > 1e-9 * size) || df < 1) return undefined;
  const absolute = t.reduce((sum, x, i) => sum + (weight?.[i] ?? 1) * x * y[i]!, 0) / spread;
  const errors = y.map((x, i) => x - absolute * t[i]!);
  if (weight !== undefined && block === undefined) {
    const leverage = leverages({ region, season, weight }, t, spread);
    const meat = errors.reduce((sum, e, i) => sum + (weight[i]! * t[i]! * e) ** 2 / (1 - leverage[i]!), 0);
    return { absolute, standardError: Math.sqrt(meat) / spread, df };
  }
  const scores = new Map<number, number>();
  for (let i = 0; i < t.length; i++) {
    const of = block?.[i] ?? i;
    scores.set(of, (scores.get(of) ?? 0) + (weight?.[i] ?? 1) * t[i]! * errors[i]!);
  }
  const meat = [...scores.values()].reduce((sum, x) => sum + x * x, 0);
  return { absolute, standardError: Math.sqrt((meat * blocks) / df) / spread, df };
}

/** How much of its own fit each cell makes: of regions and seasons as if they crossed evenly, and of the treatment. [cells] */
function leverages(
  { region, season, weight }: { region: Int32Array; season: Int32Array; weight: Float64Array },
  t: Float64Array,
  spread: number,
): Float64Array {
  const [ofRegion, ofSeason] = [weightsOf(region, weight), weightsOf(season, weight)];
  const all = weight.reduce((sum, w) => sum + w, 0);
  return weight.map((w, i) => {
    const own = w * (1 / ofRegion[region[i]!]! + 1 / ofSeason[season[i]!]! - 1 / all + t[i]! ** 2 / spread);
    return Math.min(LEVERAGE_MAX, Math.max(0, own));
  });
}

function weightsOf(group: Int32Array, weight: Float64Array): Float64Array {
  const sums = new Float64Array(group.reduce((most, g) => Math.max(most, g), 0) + 1);
  group.forEach((g, i) => {
    sums[g]! += weight[i]!;
  });
  return sums;
}

const countOf = (groups: Int32Array): number => new Set(groups).size;

/** What the means of regions and seasons leave over, by alternating projections. */
function residuals({ region, season, weight }: SwitchbackCells, values: ArrayLike<number>): Float64Array {
  const out = Float64Array.from(values);
  const size = largest(out);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const moved = Math.max(takeMeans(out, region, weight), takeMeans(out, season, weight));
    if (moved < Math.max(CONVERGED * largest(out), EPSILON * size)) break;
  }
  // Of a metric that is the same in all cells, what is left is the arithmetic's.
  return out.map((x) => (Math.abs(x) > ROUNDING * size ? x : 0));
}

const largest = (values: Float64Array): number => values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);

/** Subtracts the groups' means in place; the largest of them. */
function takeMeans(values: Float64Array, group: Int32Array, weight: Float64Array | undefined): number {
  const groups = group.reduce((most, g) => Math.max(most, g), 0) + 1;
  const sum = new Float64Array(groups);
  const total = new Float64Array(groups);
  for (let i = 0; i < values.length; i++) {
    const w = weight === undefined ? 1 : weight[i]!;
    sum[group[i]!]! += w * values[i]!;
    total[group[i]!]! += w;
  }
  let moved = 0;
  for (let g = 0; g < groups; g++) {
    if (total[g]! > 0) sum[g]! /= total[g]!;
    moved = Math.max(moved, Math.abs(sum[g]!));
  }
  for (let i = 0; i < values.length; i++) values[i]! -= sum[group[i]!]!;
  return moved;
}
