/**
 * Bayes with normal distributions: an estimate with its standard error, and a prior, make a posterior. The expected loss is
 * what one gives up on average by choosing an arm that is in truth the worse: E[max(0, −δ)] for δ ~ N(μ, σ²).
 */
import { normalCdf, normalDensity, normalQuantile } from './distributions.ts';

export interface Normal {
  readonly mean: number;
  readonly sd: number;
}

/** A prior with infinite spread says nothing. */
export const FLAT: Normal = { mean: 0, sd: Number.POSITIVE_INFINITY };

export function normalPosterior(prior: Normal, estimate: number, standardError: number): Normal {
  if (standardError === 0) return { mean: estimate, sd: 0 };
  const [before, seen] = [prior.sd === Number.POSITIVE_INFINITY ? 0 : 1 / prior.sd ** 2, 1 / standardError ** 2];
  return { mean: (before * prior.mean + seen * estimate) / (before + seen), sd: 1 / Math.sqrt(before + seen) };
}

/** P(δ > 0). */
export function probabilityAboveZero({ mean, sd }: Normal): number {
  if (sd === 0) return mean > 0 ? 1 : mean < 0 ? 0 : 0.5;
  return normalCdf(mean / sd);
}

/** E[max(0, −δ)]. */
export function expectedShortfall({ mean, sd }: Normal): number {
  if (sd === 0) return Math.max(0, -mean);
  const z = mean / sd;
  return sd * normalDensity(z) - mean * normalCdf(-z);
}

export function credibleInterval({ mean, sd }: Normal, alpha: number): readonly [number, number] {
  const half = sd * normalQuantile(1 - alpha / 2);
  return [mean - half, mean + half];
}
