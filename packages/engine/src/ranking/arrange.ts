/**
 * The organic items of a placement: the best-scored candidates in order, at most `maxPerShop` of one shop, pinned ones at
 * their positions. What stays out is marked with the reason.
 */
import { type Candidates, sourceBit } from '../features/candidates.ts';
import { sortTop } from '../features/select-top.ts';
import type { CompiledRules } from './rules.ts';

export interface ArrangeInput {
  readonly candidates: Candidates;
  /** Shop rows by listing row, -1 for none. [listings] */
  readonly shops: Int32Array;
  readonly rules: CompiledRules;
  /** Candidates that the rules pin, by organic place. */
  readonly pinned: ReadonlyMap<number, number>;
  readonly places: number;
}

const SPONSORED = sourceBit('sponsored');
const order = new Int32Array(1 << 16);

/** Candidate indexes by organic place. [≤ places] */
export function arrange(input: ArrangeInput): number[] {
  const { candidates, pinned, places, rules } = input;
  const queue = openCandidates(candidates, new Set(pinned.values()));
  const perShop = new Map<number, number>();
  for (const candidate of pinned.values()) countShop(input, candidate, perShop);
  const arranged: number[] = [];
  // One more place's worth of candidates each time the shop limit has used some up.
  let sorted = 0;
  let next = 0;
  for (let place = 0; place < places; place++) {
    const pin = pinned.get(place);
    if (pin !== undefined) {
      arranged.push(pin);
      continue;
    }
    let chosen = -1;
    while (chosen < 0 && next < queue) {
      if (next === sorted)
        sorted += sortTop(order.subarray(sorted, queue), queue - sorted, 2 * places, candidates.score);
      const candidate = order[next++]!;
      if (countShop(input, candidate, perShop) > rules.maxPerShop) candidates.dropped[candidate] = 'shop-limit';
      else chosen = candidate;
    }
    // Where candidates run out before the places do, pins move up.
    if (chosen >= 0) arranged.push(chosen);
  }
  for (; next < queue; next++) candidates.dropped[order[next]!] = 'outranked';
  return arranged;
}

/** The same of a list that is made already: pins at their places, then its items as far as the shop limit allows. */
export function withinShops(input: ArrangeInput, list: readonly number[]): number[] {
  const { candidates, pinned, places, rules } = input;
  const queue = openCandidates(candidates, new Set(pinned.values()));
  const perShop = new Map<number, number>();
  for (const candidate of pinned.values()) countShop(input, candidate, perShop);
  const chosen = new Set(pinned.values());
  const arranged: number[] = [];
  let next = 0;
  for (let place = 0; place < places; place++) {
    let item = pinned.get(place);
    while (item === undefined && next < list.length) {
      const candidate = list[next++]!;
      if (countShop(input, candidate, perShop) > rules.maxPerShop) candidates.dropped[candidate] = 'shop-limit';
      else item = candidate;
    }
    if (item === undefined) continue;
    chosen.add(item);
    arranged.push(item);
  }
  for (let i = 0; i < queue; i++) {
    const candidate = order[i]!;
    if (!chosen.has(candidate)) candidates.dropped[candidate] ??= 'outranked';
  }
  return arranged;
}

/** Lists the candidates that may be shown and are not pinned; returns how many. Not those that only an advertiser brought. */
function openCandidates(candidates: Candidates, pinned: ReadonlySet<number>): number {
  let n = 0;
  for (let i = 0; i < candidates.size; i++)
    if (candidates.dropped[i] === undefined && candidates.sources[i] !== SPONSORED && !pinned.has(i)) order[n++] = i;
  return n;
}

function countShop({ candidates, shops }: ArrangeInput, candidate: number, perShop: Map<number, number>): number {
  const shop = shops[candidates.listing[candidate]!]!;
  if (shop < 0) return 0;
  const count = (perShop.get(shop) ?? 0) + 1;
  perShop.set(shop, count);
  return count;
}
