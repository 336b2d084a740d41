/**
 * Units as branded types: money, time, probabilities and ids that the compiler keeps apart.
 *
 * Money is integer micros (1/1,000,000) of the marketplace's currency, time is integer milliseconds since 1970 in UTC.
 * The constructors assert: they are for values that must already be valid. Input from outside is checked by the schemas
 * of `server/` and `cli/` first.
 */
import { assert } from './assert.ts';

declare const unit: unique symbol;
type Branded<T, Unit extends string> = T & { readonly [unit]: Unit };

/** Integer millionths of the marketplace's currency. */
export type Micros = Branded<number, 'micros'>;
/** Integer milliseconds since 1970-01-01T00:00:00Z. */
export type Millis = Branded<number, 'millis'>;
/** Whole days since 1970-01-01 in UTC. */
export type Day = Branded<number, 'day'>;
/** A number in [0, 1]. */
export type Probability = Branded<number, 'probability'>;

export const MILLIS_PER_HOUR = 3_600_000;
export const MILLIS_PER_DAY = 86_400_000;
export const MICROS_PER_CENT = 10_000;

export function micros(value: number): Micros {
  assert(Number.isSafeInteger(value), 'money must be an integer number of micros', value);
  return value as Micros;
}

export function millis(value: number): Millis {
  assert(Number.isSafeInteger(value), 'a time must be an integer number of milliseconds', value);
  return value as Millis;
}

export function probability(value: number): Probability {
  assert(value >= 0 && value <= 1, 'a probability must lie in [0, 1]', value);
  return value as Probability;
}

/** The UTC day that a time falls on. */
export function dayOf(at: Millis): Day {
  return Math.floor(at / MILLIS_PER_DAY) as Day;
}
