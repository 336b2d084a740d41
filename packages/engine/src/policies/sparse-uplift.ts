/**
 * A treatment's effect on each person that hangs on few things, from a randomised experiment: the residual regression of Nie & Wager (2021)
 *
 *     Y − m(x) = (W − e) τ(x) + ε,     τ(x) = τ₀ + Σ_l (one of: a feature's curve, a table of two features, a learned score)
 *
 * with a sum of single effects (single-effects.ts) for τ. Among the scores are what the person is expected to do anyway, m(x), which effects
 * often grow with (Kent et al., Annals of Internal Medicine 2020), and the difference of two models of the outcome. Rows weigh by the inverse of
 * their noise, Var(Y | x) = a · m(x)^b (Taylor's law). Little signal is spent on little: what explains nothing is left out, where trees
 * and two models carry its noise along. Not for treatments that were not dealt by chance.
 */
import type { BinMap } from '../learning/binned-matrix.ts';
import { EffectBasis, type EffectBlock } from './effect-basis.ts';
import {
  balancedMean,
  crossFitted,
  difference,
  type Expected,
  shareTreated,
  type UpliftRows,
} from './outcome-forests.ts';
import { type CandidateBlock, fitSingleEffects, type Moments, type SingleEffects } from './single-effects.ts';

/** What the effects seem to hang on: features by number, or a learned score. */
export interface EffectDriver {
  readonly features: readonly number[];
  readonly score?: 'outcome' | 'two models';
  readonly probability: number;
}

export interface SparseUplift {
  predict(columns: readonly Float32Array[]): Float64Array;
  /** By falling probability. */
  readonly drivers: readonly EffectDriver[];
}

const SCORES = ['outcome', 'two models'] as const;
const EFFECTS = 4;
/** Of what a block explains of effects, in standard deviations of the outcome's noise. */
const SLAB = 0.1;
/** Tables are made of so many features: where there are more, of those that tell most by themselves. */
const PAIRED_MAX = 10;
const VARIANCE_BINS = 10;
const VARIANCE_POWER_MAX = 1.5;

/** `map`: bins of the features. */
export function trainSparseUplift(rows: UpliftRows, map: BinMap, seed: number): SparseUplift {
  const share = shareTreated(rows);
  const nuisance = crossFitted(rows, map, seed);
  const learned = scoresOf(nuisance.own, share);
  const task = residualTask(rows, learned[0]!, share);
  const basis = new EffectBasis(rows.columns, learned.length, pairedFeatures(rows.columns, learned, task));
  const { coefficients, included, offset } = fitBasis(basis, rows.columns, learned, task);
  return {
    drivers: driversOf(basis.blocks, included),
    predict(columns) {
      const scores = scoresOf(nuisance.predict(columns), share);
      const cells = basis.cells();
      return scores[0]!.map((_, row) => {
        basis.read(columns, scores, row, cells);
        let effect = offset;
        for (let i = 0; i < cells.count; i++) effect += coefficients[cells.columns[i]!]! * cells.values[i]!;
        return effect;
      });
    },
  };
}

/** [scores][rows], in the order of SCORES */
function scoresOf(expected: Expected, share: number): readonly Float64Array[] {
  return [balancedMean(expected, share), difference(expected[1], expected[0])];
}

/** The regression of one row: `precision` · (target − τ)². */
interface ResidualTask {
  readonly targets: Float64Array; // [rows]: (Y − m) / (W − e)
  readonly precisions: Float64Array; // [rows]: (W − e)² / Var(Y | x)
  /** Standard deviation of the outcome's noise. */
  readonly noise: number;
}

function residualTask({ treated, outcomes }: UpliftRows, expected: Float64Array, share: number): ResidualTask {
  const residuals = difference(outcomes, expected);
  const variances = noiseVariances(residuals, expected);
  const noise = Math.sqrt(variances.reduce((sum, one) => sum + one, 0) / variances.length);
  const dealt = Float64Array.from(treated, (one) => one - share);
  return {
    targets: residuals.map((residual, row) => residual / dealt[row]!),
    precisions: variances.map((variance, row) => dealt[row]! ** 2 / variance),
    noise,
  };
}

/** a · m^b for each row, from the mean square of residuals in bins of m; b is 0 where m is not positive. [rows] */
function noiseVariances(residuals: Float64Array, expected: Float64Array): Float64Array {
  const rows = residuals.length;
  const order = Int32Array.from(expected.keys()).sort((a, b) => expected[a]! - expected[b]!);
  const points: [number, number][] = [];
  let all = 0;
  for (let bin = 0; bin < VARIANCE_BINS; bin++) {
    const members = order.subarray(
      Math.floor((bin * rows) / VARIANCE_BINS),
      Math.floor(((bin + 1) * rows) / VARIANCE_BINS),
    );
    const squares = members.reduce((sum, row) => sum + residuals[row]! ** 2, 0);
    const level = members.reduce((sum, row) => sum + expected[row]!, 0) / members.length;
    all += squares;
    if (squares > 0 && level > 0) points.push([Math.log(level), Math.log(squares / members.length)]);
  }
  const usual = all > 0 ? all / rows : 1;
  if (points.length < VARIANCE_BINS) return new Float64Array(rows).fill(usual);
  const [x, y] = [0, 1].map((i) => points.reduce((sum, point) => sum + point[i]!, 0) / points.length) as [
    number,
    number,
  ];
  const spread = points.reduce((sum, [level]) => sum + (level - x) ** 2, 0);
  const slope = spread === 0 ? 0 : points.reduce((sum, [level, noise]) => sum + (level - x) * (noise - y), 0) / spread;
  const power = Math.min(VARIANCE_POWER_MAX, Math.max(0, slope));
  const [least, most] = [points[0]![0], points.at(-1)![0]];
  return expected.map((m) => {
    const level = m > 0 ? Math.min(most, Math.max(least, Math.log(m))) : least;
    return Math.exp(y + power * (level - x));
  });
}

function pairedFeatures(
  columns: readonly Float32Array[],
  learned: readonly Float64Array[],
  task: ResidualTask,
): readonly number[] {
  const all = columns.map((_, feature) => feature);
  if (all.length <= PAIRED_MAX) return all;
  const basis = new EffectBasis(columns, learned.length, []);
  const { included } = fitBasis(basis, columns, learned, task);
  const told = new Float64Array(all.length);
  basis.blocks.forEach(({ kind, of }, b) => {
    if (kind === 'feature') told[of[0]!]! += included[b]!;
  });
  return all
    .sort((a, b) => told[b]! - told[a]!)
    .slice(0, PAIRED_MAX)
    .sort((a, b) => a - b);
}

interface FittedBasis extends SingleEffects {
  /** Of a row whose cells are all zero. */
  readonly offset: number;
}

function fitBasis(
  basis: EffectBasis,
  columns: readonly Float32Array[],
  learned: readonly Float64Array[],
  task: ResidualTask,
): FittedBasis {
  const { size } = basis;
  const { moments, means, effect } = momentsOf(basis, columns, learned, task);
  const scales = new Float64Array(size); // [columns]: a block explains what its slab says
  const { gram, cross } = moments;
  const weight = task.precisions.reduce((sum, one) => sum + one, 0);
  for (const { at, size: width } of basis.blocks) {
    let variance = 0;
    for (let i = at; i < at + width; i++) variance += gram[i * size + i]! / weight;
    if (variance > Number.EPSILON) scales.fill(1 / Math.sqrt(variance), at, at + width);
  }
  for (let i = 0; i < size; i++) {
    cross[i]! *= scales[i]!;
    for (let j = 0; j < size; j++) gram[i * size + j]! *= scales[i]! * scales[j]!;
  }
  const { coefficients, included } = fitSingleEffects(moments, candidatesOf(basis.blocks, SLAB * task.noise), EFFECTS);
  let offset = effect;
  for (let i = 0; i < size; i++) {
    coefficients[i]! *= scales[i]!;
    offset -= coefficients[i]! * means[i]!;
  }
  return { coefficients, included, offset };
}

/** Kinds of blocks are equally likely, and so are blocks of a kind, by their weights. */
function candidatesOf(blocks: readonly EffectBlock[], slab: number): readonly CandidateBlock[] {
  const weights = new Map<string, number>();
  for (const { kind, weight } of blocks) weights.set(kind, (weights.get(kind) ?? 0) + weight);
  return blocks.map(({ kind, at, size, weight }) => ({
    at,
    size,
    slab,
    prior: weight / weights.get(kind)! / weights.size,
  }));
}

interface CentredMoments {
  readonly moments: Moments;
  readonly means: Float64Array; // [columns]
  readonly effect: number;
}

/** Weighted moments of the centred cells; the constant effect is taken out of the targets. */
function momentsOf(
  basis: EffectBasis,
  columns: readonly Float32Array[],
  learned: readonly Float64Array[],
  { targets, precisions }: ResidualTask,
): CentredMoments {
  const { size } = basis;
  const gram = new Float64Array(size * size);
  const cross = new Float64Array(size);
  const means = new Float64Array(size);
  const weight = precisions.reduce((sum, one) => sum + one, 0);
  const effect = precisions.reduce((sum, precision, row) => sum + precision * targets[row]!, 0) / weight;
  const cells = basis.cells();
  for (let row = 0; row < targets.length; row++) {
    basis.read(columns, learned, row, cells);
    const { columns: at, values, count } = cells;
    const pull = precisions[row]! * (targets[row]! - effect);
    for (let a = 0; a < count; a++) {
      const i = at[a]!;
      const weighted = precisions[row]! * values[a]!;
      means[i]! += weighted / weight;
      cross[i]! += pull * values[a]!;
      for (let b = 0; b <= a; b++) gram[i * size + at[b]!]! += weighted * values[b]!;
    }
  }
  for (let i = 0; i < size; i++)
    for (let j = 0; j <= i; j++) {
      const centred = gram[i * size + j]! - weight * means[i]! * means[j]!;
      gram[i * size + j] = centred;
      gram[j * size + i] = centred;
    }
  return { moments: { size, gram, cross }, means, effect };
}

function driversOf(blocks: readonly EffectBlock[], included: Float64Array): readonly EffectDriver[] {
  const drivers = new Map<string, EffectDriver>();
  blocks.forEach(({ kind, of }, b) => {
    const learned = kind === 'learned';
    const key = `${kind} ${of.join()}`;
    const before = drivers.get(key)?.probability ?? 0;
    // A feature's level and its curve are one driver.
    const probability = 1 - (1 - before) * (1 - included[b]!);
    drivers.set(key, learned ? { features: [], score: SCORES[of[0]!]!, probability } : { features: of, probability });
  });
  return [...drivers.values()].sort((a, b) => b.probability - a.probability);
}
