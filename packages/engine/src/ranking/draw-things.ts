/**
 * A slate of what is no listing, chosen place by place as `draw-slate.ts` does it for listings:
 *
 *     u_j = (1 − d) · relevance_j − d · max_{i chosen} likeness(i, j)
 *
 * with relevance the value in units of the pool's range, and each place to the largest u or drawn (`explore.ts`). The pool holds the best by value, of equals
 * those that come first.
 */
import type { Exploration } from '@rialto/sdk';
import { choose } from './explore.ts';

export interface ThingSlateInput {
  /** [things] */
  readonly values: readonly number[];
  /** What tells them apart, whatever their order: integers. [things] */
  readonly keys: readonly number[];
  readonly places: number;
  /** 0 to 1. */
  readonly diversity: number;
  /** Of two, 0 to 1; not asked where `diversity` is 0 and nothing is too like. */
  readonly likeness: (a: number, b: number) => number;
  /** What is as like as this to one that is chosen may not follow it. */
  readonly likenessMax?: number;
  readonly exploration: Exploration | undefined;
  readonly seed: number;
}

export interface ThingSlate {
  /** Indexes, by place. [≤ places] */
  readonly chosen: readonly number[];
  /** Of each, at its place, given those before it. */
  readonly propensities: readonly number[];
  /** Those that were too like one chosen. */
  readonly alike: ReadonlySet<number>;
}

const POOL_PER_PLACE = 3;
const POOL_MIN = 24;

/** How many of the best are drawn from. */
export const poolOf = (places: number): number => Math.max(POOL_MIN, POOL_PER_PLACE * places);

export function drawThings(input: ThingSlateInput): ThingSlate {
  const { values, places, diversity, likeness, likenessMax = Number.POSITIVE_INFINITY, exploration, seed } = input;
  const members = Array.from(values.keys())
    .sort((a, b) => values[b]! - values[a]! || a - b)
    .slice(0, poolOf(places));
  const least = values[members.at(-1)!]!;
  const range = values[members[0]!]! - least;
  const relevance = members.map((member) => (range > 0 ? (values[member]! - least) / range : 1));
  const nearest = new Array<number>(members.length).fill(0);
  const chosen: number[] = [];
  const propensities: number[] = [];
  const alike = new Set<number>();
  while (members.length > 0 && chosen.length < places) {
    const utility = relevance.map((one, i) => (1 - diversity) * one - diversity * nearest[i]!);
    const keys = members.map((member) => input.keys[member]!);
    const { at, propensity } = choose({
      exploration,
      seed,
      place: chosen.length,
      size: members.length,
      utility,
      keys,
    });
    const taken = members[at]!;
    chosen.push(taken);
    propensities.push(propensity);
    for (const list of [members, relevance, nearest]) list.splice(at, 1);
    if (diversity === 0 && likenessMax === Number.POSITIVE_INFINITY) continue;
    for (let i = members.length - 1; i >= 0; i--) {
      nearest[i] = Math.max(nearest[i]!, likeness(taken, members[i]!));
      if (nearest[i]! < likenessMax) continue;
      alike.add(members[i]!);
      for (const list of [members, relevance, nearest]) list.splice(i, 1);
    }
  }
  return { chosen, propensities, alike };
}
