/** Maps from counts, ages and ratios to [0, 1], the range of every feature. */
import { MILLIS_PER_HOUR } from '../base/units.ts';

const TABLE_SIZE = 4096;
const LOG1P = Float64Array.from({ length: TABLE_SIZE }, (_, n) => Math.log1p(n));

/** ln(1 + n) of a non-negative integer, from a table where it is small. */
export function logCount(n: number): number {
  return n < TABLE_SIZE ? LOG1P[n]! : Math.log1p(n);
}

/** Clamps to [0, 1]. */
export function clamp(x: number): number {
  return Math.min(1, Math.max(0, x));
}

/** ln(1 + n) / ln(1 + max), at most 1: a count on a logarithmic scale. `logMax` is ln(1 + max). */
export function countScale(n: number, logMax: number): number {
  return Math.min(1, logCount(n) / logMax);
}

const YEAR_HOURS = 24 * 365;
const HOURS_SCALE = Float32Array.from({ length: YEAR_HOURS }, (_, hours) => Math.log1p(hours) / Math.log1p(YEAR_HOURS));

/** An age in whole hours on a logarithmic scale: 0 now, 1 from a year on. Negative ages count as 0. */
export function hoursScale(hours: number): number {
  return hours >= YEAR_HOURS ? 1 : hours <= 0 ? 0 : HOURS_SCALE[hours]!;
}

/** The same of an age in milliseconds. */
export function ageScale(ageMs: number): number {
  return hoursScale(Math.floor(ageMs / MILLIS_PER_HOUR));
}

/** The log of a ratio of two smoothed rates around 0.5: `width` natural logs from 0 to 1. */
export function ratioScale(ratio: number, width: number): number {
  return clamp(0.5 + Math.log(ratio) / width);
}

/** Cheaper ones count as this: the logarithm of nothing says nothing. */
const PRICE_FLOOR_MICROS = 50_000;

/** Natural log of a price in units of the currency, of at least the floor. */
export function logPriceOf(priceMicros: number): number {
  return Math.log(Math.max(PRICE_FLOOR_MICROS, priceMicros) / 1_000_000);
}
