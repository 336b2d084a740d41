/**
 * Which of some goes to a place: the one of the largest utility, or, with exploration, one drawn with a known probability. By epsilon from all alike; or by
 * exp(u / temperature), drawn as the largest of u / temperature + Gumbel noise; or, for a share of places, a newcomer, by 1 / its rank among them. The noise is a hash of seed, place and key, so that the same
 * decision draws the same.
 */
import type { Exploration } from '@rialto/sdk';
import { hashPair } from '../base/hash.ts';

const NOBODY: readonly number[] = [];

export interface Choice {
  readonly at: number;
  /** Of the one chosen. */
  readonly propensity: number;
}

export interface ChoiceInput {
  readonly exploration: Exploration | undefined;
  /** Of the decision and placement. */
  readonly seed: number;
  readonly place: number;
  /** How many there are; at least 1. */
  readonly size: number;
  /** [size] */
  readonly utility: ArrayLike<number>;
  /** What tells them apart, whatever their order: integers. [size] */
  readonly keys: ArrayLike<number>;
  /** 1 where one is a newcomer, these with the best first; none where absent. [size] */
  readonly newcomers?: ArrayLike<number>;
}

export function choose({ exploration, seed, place, size, utility, keys, newcomers }: ChoiceInput): Choice {
  const best = largest(utility, size);
  if (exploration === undefined) return { at: best, propensity: 1 };
  if (exploration.method === 'epsilon') {
    const { epsilon } = exploration;
    const explores = noise(seed, place, -1) < epsilon;
    const at = explores ? Math.min(size - 1, Math.floor(noise(seed, place, -2) * size)) : best;
    return { at, propensity: epsilon / size + (at === best ? 1 - epsilon : 0) };
  }
  if (exploration.method === 'newcomers') {
    const chances = new Float64Array(size);
    chancesOf({ exploration, size, utility, newcomers: newcomers ?? NOBODY }, chances);
    let left = noise(seed, place, -1);
    let at = best;
    for (let i = 0; i < size && left >= 0; i++) {
      if (chances[i] === 0) continue;
      at = i;
      left -= chances[i]!;
    }
    return { at, propensity: chances[at]! };
  }
  const { temperature } = exploration;
  let at = 0;
  let drawn = Number.NEGATIVE_INFINITY;
  let sum = 0;
  for (let i = 0; i < size; i++) {
    const exponent = (utility[i]! - utility[best]!) / temperature;
    sum += Math.exp(exponent);
    const key = exponent - Math.log(-Math.log(noise(seed, place, keys[i]!)));
    if (key > drawn) {
      drawn = key;
      at = i;
    }
  }
  return { at, propensity: Math.exp((utility[at]! - utility[best]!) / temperature) / sum };
}

/** How likely each was to be chosen. out: [size] */
export function chancesOf(
  { exploration, size, utility, newcomers = NOBODY }: Omit<ChoiceInput, 'seed' | 'place' | 'keys'>,
  out: Float64Array,
): void {
  const best = largest(utility, size);
  if (exploration?.method === 'plackett-luce') {
    let sum = 0;
    for (let i = 0; i < size; i++) {
      out[i] = Math.exp((utility[i]! - utility[best]!) / exploration.temperature);
      sum += out[i]!;
    }
    for (let i = 0; i < size; i++) out[i]! /= sum;
    return;
  }
  if (exploration?.method === 'newcomers') {
    fillNewcomers(exploration.share, newcomers, out.fill(0));
    let rest = 1;
    for (let i = 0; i < size; i++) rest -= out[i]!;
    out[best]! += rest;
    return;
  }
  const { epsilon } = exploration ?? { epsilon: 0 };
  out.fill(epsilon / size, 0, size);
  out[best]! += 1 - epsilon;
}

/** `share` in all: the k-th newcomer has 1 / k of what the first has. */
function fillNewcomers(share: number, newcomers: ArrayLike<number>, out: Float64Array): void {
  let all = 0;
  for (let i = 0, rank = 0; i < newcomers.length; i++) if (newcomers[i] === 1) all += 1 / ++rank;
  for (let i = 0, rank = 0; i < newcomers.length; i++) if (newcomers[i] === 1) out[i] = share / (++rank * all);
}

/** The first of equals. */
function largest(utility: ArrayLike<number>, size: number): number {
  let at = 0;
  for (let i = 1; i < size; i++) if (utility[i]! > utility[at]!) at = i;
  return at;
}

/** In (0, 1). */
const noise = (seed: number, place: number, what: number): number =>
  (hashPair(seed, hashPair(place, what)) + 0.5) / 4294967296;
