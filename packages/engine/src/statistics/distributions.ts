/**
 * Probabilities and quantiles of the distributions that tests and intervals need: normal, Student's t, χ² and beta. Tails are
 * computed as tails, so that small p-values keep their digits. Quantiles are roots of the probabilities, by bisection on
 * bounds that Newton's step must stay within.
 */
import { assert } from '../base/assert.ts';
import { incompleteBeta, logGamma, upperGamma } from './gamma-functions.ts';

export const normalDensity = (z: number): number => Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);

/** P(Z > z). */
export function normalTail(z: number): number {
  const tail = 0.5 * upperGamma(0.5, 0.5 * z * z);
  return z >= 0 ? tail : 1 - tail;
}

export const normalCdf = (z: number): number => normalTail(-z);

/** The z with P(Z < z) = p. */
export function normalQuantile(p: number): number {
  assert(p > 0 && p < 1, 'a quantile is asked for a probability in (0, 1)', p);
  if (p > 0.5) return -normalQuantile(1 - p);
  return -rootOf((z) => normalTail(z) - p, normalDensity, 0, 40);
}

/** P(|T| > |t|) with `df` degrees of freedom; infinite `df` is the normal distribution. */
export function studentTwoSided(t: number, df: number): number {
  if (df > 1e7) return 2 * normalTail(Math.abs(t));
  return incompleteBeta(df / (df + t * t), df / 2, 0.5);
}

/** The t with P(T < t) = p. */
export function studentQuantile(p: number, df: number): number {
  assert(p > 0 && p < 1, 'a quantile is asked for a probability in (0, 1)', p);
  if (p < 0.5) return -studentQuantile(1 - p, df);
  if (p === 0.5) return 0;
  if (df > 1e7) return normalQuantile(p);
  const tail = 2 * (1 - p);
  const logScale = logGamma((df + 1) / 2) - logGamma(df / 2) - 0.5 * Math.log(df * Math.PI);
  const density = (t: number): number => 2 * Math.exp(logScale - ((df + 1) / 2) * Math.log1p((t * t) / df));
  let high = 2;
  while (studentTwoSided(high, df) > tail) high *= 2;
  return rootOf((t) => studentTwoSided(t, df) - tail, density, 0, high);
}

/** P(X > x) of χ² with `df` degrees of freedom. */
export const chiSquareTail = (x: number, df: number): number => upperGamma(df / 2, Math.max(0, x) / 2);

/** P(X < x) of the beta distribution. */
export const betaCdf = (x: number, a: number, b: number): number => incompleteBeta(Math.min(1, Math.max(0, x)), a, b);

/** The x with P(X < x) = p. */
export function betaQuantile(p: number, a: number, b: number): number {
  assert(p >= 0 && p <= 1, 'a quantile is asked for a probability in [0, 1]', p);
  if (p === 0 || p === 1) return p;
  const logScale = logGamma(a + b) - logGamma(a) - logGamma(b);
  const density = (x: number): number => Math.exp(logScale + (a - 1) * Math.log(x) + (b - 1) * Math.log1p(-x));
  return rootOf((x) => p - incompleteBeta(x, a, b), density, 0, 1);
}

/** The root of a falling function with slope −`slope(x)` in [low, high]. */
function rootOf(f: (x: number) => number, slope: (x: number) => number, low: number, high: number): number {
  let [from, to] = [low, high];
  let x = (from + to) / 2;
  for (let step = 0; step < 200; step++) {
    const value = f(x);
    if (value > 0) from = x;
    else to = x;
    const newton = x + value / slope(x);
    const next = newton > from && newton < to ? newton : (from + to) / 2;
    if (Math.abs(next - x) <= 1e-15 * Math.abs(x) || value === 0) return next;
    x = next;
  }
  return x;
}
