/**
 * Several forecasts made into one: the weighted median of what the members say for each step. A member's weight for a series is
 * 1 / (its mean absolute error there)², measured on origins it was not fitted on, so that a series on which last week's values
 * are hard to beat gets last week's values, and a member that fails on a series does no harm.
 */

/** Errors are counted as at least this share of the series' unit: below, no member is better than another. */
const ERROR_FLOOR = 0.05;
const SHARPNESS = 2;

/** A member's forecast from one origin, or undefined where the series is too short for it. */
export type MemberForecasts = readonly (Float64Array | undefined)[]; // [members][horizon]

export interface Trial {
  readonly end: number;
  readonly forecasts: MemberForecasts;
  /** Mean absolute errors, NaN where there was no forecast. [members] */
  readonly errors: Float64Array;
}

/** What each member counts, from trials on one series: alike where there are none. [members] */
export function combinationWeights(trials: readonly Trial[], members: number, unit: number): Float64Array {
  return Float64Array.from({ length: members }, (_, member) => {
    let sum = 0;
    let known = 0;
    for (const { errors } of trials) {
      if (Number.isNaN(errors[member]!)) continue;
      sum += errors[member]!;
      known++;
    }
    const error = known > 0 && unit > 0 ? sum / known / unit : 1;
    return (ERROR_FLOOR + error) ** -SHARPNESS;
  });
}

/** At least one member must have a forecast. [horizon] */
export function combined(forecasts: MemberForecasts, weights: Float64Array): Float64Array {
  const present = forecasts.flatMap((forecast, member) => (forecast ? [{ forecast, weight: weights[member]! }] : []));
  const half = present.reduce((sum, { weight }) => sum + weight, 0) / 2;
  return present[0]!.forecast.map((_, h) => {
    const sorted = present.map(({ forecast, weight }) => ({ value: forecast[h]!, weight }));
    sorted.sort((a, b) => a.value - b.value);
    return weightedMedian(sorted, half);
  });
}

/** The value in the middle of the weights, on the line between its neighbours: what half the weight lies below. */
function weightedMedian(sorted: readonly { readonly value: number; readonly weight: number }[], half: number): number {
  let below = 0;
  let previous: { at: number; value: number } | undefined;
  for (const { value, weight } of sorted) {
    const at = below + weight / 2;
    if (at >= half) {
      if (previous === undefined) return value;
      const share = (half - previous.at) / (at - previous.at);
      return previous.value + share * (value - previous.value);
    }
    previous = { at, value };
    below += weight;
  }
  return sorted.at(-1)!.value;
}
