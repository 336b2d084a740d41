/**
 * What each factor of a thing that is no listing does to its value: by integrated gradients (Sundararajan et al., 2017) along the straight path
 * from the mean factors of all to its own,
 *
 *     φ_f = (x_f − x̄_f) ∫ ∂v/∂x_f dt,   Σ_f φ_f = v(x) − v(x̄)
 *
 * Objectives are polynomials of degree 4 at most, so their slopes are of degree 3 along the path, and two points of Gauss' rule give the integral exactly.
 */
import { type NamedValue, namedSlopes } from './value-expression.ts';

type Factors = Readonly<Record<string, number>>;

const POINTS = [0.5 - Math.sqrt(1 / 12), 0.5 + Math.sqrt(1 / 12)];

export interface ThingEffects {
  /** Of all things. */
  readonly means: Factors;
  /** By the names of the objective. [things] */
  readonly effects: readonly Factors[];
}

export function thingEffects(value: NamedValue, things: readonly Factors[]): ThingEffects {
  const { names } = value;
  const numbers = things.map((factors) => names.map((name) => factors[name] ?? 0));
  const means = names.map((_, at) => numbers.reduce((sum, of) => sum + of[at]!, 0) / things.length);
  const slopes = new Float64Array(names.length);
  const effects = numbers.map((of) => {
    const moved = new Float64Array(names.length);
    for (const t of POINTS) {
      const between = means.map((mean, at) => mean + t * (of[at]! - mean));
      namedSlopes(value, between, slopes);
      for (let at = 0; at < names.length; at++) moved[at]! += (slopes[at]! * (of[at]! - means[at]!)) / POINTS.length;
    }
    return Object.fromEntries(names.map((name, at) => [name, moved[at]!]));
  });
  return { means: Object.fromEntries(names.map((name, at) => [name, means[at]!])), effects };
}
