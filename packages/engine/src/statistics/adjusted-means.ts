/**
 * Means of several arms, adjusted by what was known before the experiment: CUPED (Deng et al. 2013), which is a regression on
 * pre-experiment covariates, CUPAC where the covariate is a model's prediction, and post-stratification (Miratrix et al. 2013).
 *
 *   adjusted_a = Σ_k W_k (ȳ_ak − θ' (c̄_ak − c̄)),   θ = S_cc⁻¹ S_cy pooled within arms and strata,   W_k = share of stratum k
 *
 * A ratio is linearised first (Deng et al. 2018): y = R + (num − R den) / mean(den), whose mean is R and whose variance is the
 * delta method's; so ratios are adjusted like means. The variance of an adjusted mean has a part of its own, and one that
 * all arms share (the sampled units' covariates and strata): the shared part cancels from differences, not from relative effects.
 */
import { assert } from '../base/assert.ts';
import { linearMoments, type Moments, mergedMoments } from './moments.ts';

/** What the variables of moments are: numerator, denominator, covariates, and the denominator of a single covariate. */
export interface MomentShape {
  readonly ratio: boolean;
  readonly covariates: number;
  readonly covariateRatio: boolean;
}

export interface AdjustedMean {
  readonly units: number;
  readonly mean: number;
  /** Of the mean, without what all arms share. */
  readonly variance: number;
  /** Of the mean as it came, not adjusted. */
  readonly rawMean: number;
  readonly rawVariance: number;
  /** Of the adjusted mean in each stratum. [strata] */
  readonly strata: Float64Array;
}

export interface AdjustedMeans {
  readonly arms: readonly AdjustedMean[];
  /** The variance that the arms' means have in common. */
  readonly shared: number;
  /** Share of units. [strata] */
  readonly weights: Float64Array;
  /** [covariates] */
  readonly theta: Float64Array;
  /** All units, of all arms. */
  readonly units: number;
}

const variablesOf = ({ ratio, covariates, covariateRatio }: MomentShape): number =>
  1 + (ratio ? 1 : 0) + covariates + (covariateRatio ? 1 : 0);

/** `arms[arm][stratum]`; strata with fewer than two units in an arm are joined. */
export function adjustedMeans(arms: readonly (readonly Moments[])[], shape: MomentShape): AdjustedMeans {
  const linear = linearised(joinSmall(arms), shape);
  const all = linear.map((strata) => mergedMoments(strata));
  const units = all.reduce((sum, arm) => sum + arm.units, 0);
  const strata = linear[0]?.length ?? 0;
  const weights = Float64Array.from(
    { length: strata },
    (_, k) => linear.reduce((sum, arm) => sum + arm[k]!.units, 0) / units,
  );
  const theta = slopes(linear.flat(), shape.covariates);
  const centre = mergedMoments(all).mean;
  const adjust = Float64Array.of(
    1,
    ...theta.map((slope) => -slope),
    theta.reduce((sum, slope, j) => sum + slope * centre[j + 1]!, 0),
  );
  const adjusted = linear.map((arm) => arm.map((moments) => linearMoments(moments, [adjust])));
  const means = adjusted.map((arm, a) => armMean(arm, all[a]!, weights));
  const fitted = Float64Array.of(0, ...theta, 0);
  const pooled = linearMoments(mergedMoments(all), [fitted]).covariance[0]!;
  const grand = means.reduce((sum, { mean, units: n }) => sum + (mean * n) / units, 0);
  let between = 0;
  for (let k = 0; k < strata; k++) {
    const here = means.reduce((sum, { strata: values, units: n }) => sum + (values[k]! * n) / units, 0);
    between += weights[k]! * (here - grand) ** 2;
  }
  return { arms: means, shared: (pooled + between) / units, weights, theta, units };
}

function armMean(strata: readonly Moments[], raw: Moments, weights: Float64Array): AdjustedMean {
  let [mean, variance] = [0, 0];
  for (const [
    k,
    {
      units,
      mean: [value],
      covariance: [spread],
    },
  ] of strata.entries()) {
    mean += weights[k]! * value!;
    variance += (weights[k]! ** 2 * spread!) / units;
  }
  return {
    units: raw.units,
    mean,
    variance,
    rawMean: raw.mean[0]!,
    rawVariance: raw.covariance[0]! / raw.units,
    strata: Float64Array.from(strata, ({ mean: [value] }) => value!),
  };
}

/** Each arm's moments of (metric, covariates), ratios as the means of their linearised values. */
function linearised(arms: readonly (readonly Moments[])[], shape: MomentShape): Moments[][] {
  const size = variablesOf(shape);
  const first = shape.ratio ? 2 : 1;
  const everyone = mergedMoments(arms.flat());
  const unit = (weights: Readonly<Record<number, number>>, constant: number): Float64Array => {
    const row = new Float64Array(size + 1);
    for (const [at, weight] of Object.entries(weights)) row[Number(at)] = weight;
    row[size] = constant;
    return row;
  };
  const covariates = Array.from({ length: shape.covariates }, (_, j) => {
    if (!shape.covariateRatio) return unit({ [first + j]: 1 }, 0);
    const below = everyone.mean[first + 1]!;
    const ratio = everyone.mean[first]! / below;
    return unit({ [first]: 1 / below, [first + 1]: -ratio / below }, ratio);
  });
  return arms.map((strata) => {
    const { mean } = mergedMoments(strata);
    assert(
      strata.every((part) => part.mean.length === size),
      'moments have the variables of their shape',
      size,
    );
    const ratio = shape.ratio ? mean[0]! / mean[1]! : 0;
    const metric = shape.ratio ? unit({ 0: 1 / mean[1]!, 1: -ratio / mean[1]! }, ratio) : unit({ 0: 1 }, 0);
    return strata.map((part) => linearMoments(part, [metric, ...covariates]));
  });
}

/** θ of the regression on the covariates, pooled within the groups; a covariate that says nothing new gets 0. */
function slopes(groups: readonly Moments[], covariates: number): Float64Array {
  const size = covariates + 1;
  const a = new Float64Array(covariates * covariates);
  const b = new Float64Array(covariates);
  for (const { units, covariance } of groups) {
    for (let i = 0; i < covariates; i++) {
      b[i]! += Math.max(0, units - 1) * covariance[(i + 1) * size]!;
      for (let j = 0; j < covariates; j++)
        a[i * covariates + j]! += Math.max(0, units - 1) * covariance[(i + 1) * size + j + 1]!;
    }
  }
  return solveReduced(a, b);
}

/** Gauss–Jordan with the largest pivot of the diagonal; variables that depend on the others get 0. */
function solveReduced(a: Float64Array, b: Float64Array): Float64Array {
  const size = b.length;
  const scale = Float64Array.from({ length: size }, (_, i) => a[i * size + i]!);
  const left = new Set(Array.from({ length: size }, (_, i) => i));
  const used: number[] = [];
  while (left.size > 0) {
    const share = (i: number): number => (scale[i]! > 0 ? a[i * size + i]! / scale[i]! : 0);
    const pivot = [...left].reduce((best, i) => (share(i) > share(best) ? i : best));
    if (!(share(pivot) > 1e-10)) break;
    left.delete(pivot);
    used.push(pivot);
    const by = a[pivot * size + pivot]!;
    for (let j = 0; j < size; j++) a[pivot * size + j]! /= by;
    b[pivot]! /= by;
    for (let i = 0; i < size; i++) {
      const factor = i === pivot ? 0 : a[i * size + pivot]!;
      if (factor === 0) continue;
      for (let j = 0; j < size; j++) a[i * size + j]! -= factor * a[pivot * size + j]!;
      b[i]! -= factor * b[pivot]!;
    }
  }
  return Float64Array.from(b, (value, i) => (used.includes(i) ? value : 0));
}

/** Strata in which some arm has fewer than two units become one; where even that is too small, all do. */
function joinSmall(arms: readonly (readonly Moments[])[]): Moments[][] {
  const strata = arms[0]?.length ?? 0;
  const fits = Array.from({ length: strata }, (_, k) => arms.every((arm) => arm[k]!.units >= 2));
  if (strata <= 1 || fits.every(Boolean)) return arms.map((arm) => [...arm]);
  const joined = arms.map((arm) => [...arm.filter((_, k) => fits[k]), mergedMoments(arm.filter((_, k) => !fits[k]))]);
  if (joined.every((arm) => arm.at(-1)!.units >= 2)) return joined;
  return arms.map((arm) => [mergedMoments(arm)]);
}
