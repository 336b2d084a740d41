/**
 * Organic items chosen place by place among the best candidates, where value is not all that counts:
 *
 *     u_j = (1 − d) · relevance_j − d · max_{i chosen} likeness(i, j)        (maximal marginal relevance: Carbonell and Goldstein, SIGIR 1998)
 *
 * with relevance the value in units of the pool's range, 0 to 1. Without exploration each place goes to the largest u. With it, a place is drawn
 * (`explore.ts`): by epsilon from all alike, or by exp(u / temperature), which place by place is Plackett and Luce's model; or for a share of places it is one of
 * the best newcomers, which join the pool.
 *
 * A propensity is the probability of the item at its place given those before it; their product is the slate's. Candidates outside the pool, and
 * those of a shop that has its share, have the propensity 0.
 */
import type { Exploration } from '@rialto/sdk';
import { type Candidates, sourceBit } from '../features/candidates.ts';
import { sortTop } from '../features/select-top.ts';
import { chancesOf, choose } from './explore.ts';
import type { CompiledRules } from './rules.ts';

export interface SlateInput {
  readonly candidates: Candidates;
  /** Shop rows by listing row, -1 for none. [listings] */
  readonly shops: Int32Array;
  readonly rules: CompiledRules;
  /** Candidates that the rules pin, by organic place. */
  readonly pinned: ReadonlyMap<number, number>;
  readonly places: number;
  /** 0 to 1. */
  readonly diversity: number;
  /** Of two listings, 0 to 1; not asked where `diversity` is 0. */
  readonly likeness: (a: number, b: number) => number;
  readonly exploration: Exploration | undefined;
  /** Whether a listing is new, by its row; nobody asks where newcomers are not explored. */
  readonly isNewcomer?: ((listing: number) => boolean) | undefined;
  /** Of the decision and placement. */
  readonly seed: number;
  /** Where a slate that was shown is followed, to see how likely each of its items was: nothing is drawn then. */
  readonly follow?: FollowedSlate | undefined;
}

/** A slate that was shown, and who hears what would have gone to its places. */
export interface FollowedSlate {
  /** Listing row by organic place; -1 beyond its end. */
  listingAt(place: number): number;
  /** Listing rows that could go to the place, given those above, each with its probability. To be copied. [size] each */
  told(place: number, listings: readonly number[], chances: Float64Array): void;
}

export interface Slate {
  /** Candidates by organic place. [≤ places] */
  readonly chosen: readonly number[];
  /** Of each, at its place. */
  readonly propensities: readonly number[];
}

/** The pool holds so many candidates for each place, and some more where there are few places. */
const POOL_PER_PLACE = 3;
const POOL_MIN = 24;
/** Beside those in the pool. */
const NEWCOMERS_MAX = 12;
const SPONSORED = sourceBit('sponsored');
const NO_KEYS: readonly number[] = [];
const ALWAYS = Float64Array.of(1);
const order = new Int32Array(1 << 16);

export function drawSlate(input: SlateInput): Slate {
  const { candidates, pinned, places, rules } = input;
  const drawn = new Pool(input);
  const chosen: number[] = [];
  const propensities: number[] = [];
  for (const candidate of pinned.values()) drawn.countShop(candidate);
  drawn.closeShops(rules.maxPerShop);
  for (let place = 0; place < places; place++) {
    const pin = pinned.get(place);
    if (pin !== undefined) {
      input.follow?.told(place, [candidates.listing[pin]!], ALWAYS);
      chosen.push(pin);
      propensities.push(1);
      drawn.seen(pin);
      continue;
    }
    const taken = input.follow === undefined ? drawn.take(place) : drawn.follow(place, input.follow);
    // Where candidates run out before the places do, pins move up.
    if (taken === undefined) continue;
    chosen.push(taken.candidate);
    propensities.push(taken.propensity);
    drawn.seen(taken.candidate);
    drawn.closeShops(rules.maxPerShop);
  }
  const shown = new Set(chosen);
  for (let i = 0; i < drawn.open; i++)
    if (candidates.dropped[order[i]!] === undefined && !shown.has(order[i]!))
      candidates.dropped[order[i]!] = 'outranked';
  return { chosen, propensities };
}

interface Taken {
  readonly candidate: number;
  readonly propensity: number;
}

/** The best candidates, those still to be had at the front. */
class Pool {
  /** Candidates that may be shown and are not pinned: `order` holds them. */
  readonly open: number;
  readonly #input: SlateInput;
  readonly #members: number[];
  /** In step with `members`. */
  readonly #relevance: number[];
  readonly #nearest: number[];
  /** 1 where it is one. */
  readonly #newcomers: number[];
  readonly #utility: Float64Array;
  readonly #perShop = new Map<number, number>();

  constructor(input: SlateInput) {
    this.#input = input;
    const { candidates, places, pinned } = input;
    const pins = new Set(pinned.values());
    let open = 0;
    for (let i = 0; i < candidates.size; i++)
      if (candidates.dropped[i] === undefined && candidates.sources[i] !== SPONSORED && !pins.has(i)) order[open++] = i;
    this.open = open;
    const best = this.#sortPool(Math.max(POOL_MIN, POOL_PER_PLACE * places));
    const size = best + this.#sortNewcomers(best);
    this.#members = Array.from(order.subarray(0, size));
    const values = this.#members.map((member) => candidates.score[member]!);
    const inPool = values.slice(0, best);
    const least = Math.min(...inPool);
    const range = Math.max(...inPool) - least;
    this.#relevance = values.map((value) => (range > 0 ? (value - least) / range : 1));
    this.#nearest = new Array<number>(size).fill(0);
    const { isNewcomer } = input;
    this.#newcomers =
      isNewcomer === undefined ? [] : this.#members.map((member) => (isNewcomer(candidates.listing[member]!) ? 1 : 0));
    this.#utility = new Float64Array(size);
  }

  /** Sorts the best to the front of `order`; of one shop no more than it may have. Returns how many. */
  #sortPool(wanted: number): number {
    const { candidates, rules, shops } = this.#input;
    const perShop = new Map<number, number>();
    let kept = 0;
    let sorted = 0;
    while (kept < wanted && sorted < this.open) {
      const from = sorted;
      sorted += sortTop(order.subarray(from, this.open), this.open - from, wanted, candidates.score);
      for (let i = from; i < sorted && kept < wanted; i++) {
        const candidate = order[i]!;
        const shop = shops[candidates.listing[candidate]!]!;
        const count = (perShop.get(shop) ?? 0) + 1;
        perShop.set(shop, count);
        // Twice its share, so that there is something to draw from.
        if (shop >= 0 && count > 2 * rules.maxPerShop) continue;
        order[i] = order[kept]!;
        order[kept++] = candidate;
      }
    }
    return kept;
  }

  /** Sorts the best newcomers behind the pool of `from` in `order`; returns how many. */
  #sortNewcomers(from: number): number {
    const { candidates, isNewcomer } = this.#input;
    if (isNewcomer === undefined) return 0;
    let to = from;
    for (let i = from; i < this.open; i++) {
      const candidate = order[i]!;
      if (!isNewcomer(candidates.listing[candidate]!)) continue;
      order[i] = order[to]!;
      order[to++] = candidate;
    }
    return sortTop(order.subarray(from, to), to - from, NEWCOMERS_MAX, candidates.score);
  }

  countShop(candidate: number): number {
    const { candidates, shops } = this.#input;
    const shop = shops[candidates.listing[candidate]!]!;
    const count = (this.#perShop.get(shop) ?? 0) + 1;
    this.#perShop.set(shop, count);
    return count;
  }

  /** A candidate that is shown: what is like it is worth less from now on. */
  seen(candidate: number): void {
    const { candidates, diversity, likeness } = this.#input;
    if (diversity === 0) return;
    const shown = candidates.listing[candidate]!;
    for (let i = 0; i < this.#members.length; i++)
      this.#nearest[i] = Math.max(this.#nearest[i]!, likeness(shown, candidates.listing[this.#members[i]!]!));
  }

  /** Leaves out the candidates of shops that have their share. */
  closeShops(max: number): void {
    if (max === Number.POSITIVE_INFINITY) return;
    const { candidates, shops } = this.#input;
    for (let i = this.#members.length - 1; i >= 0; i--) {
      const candidate = this.#members[i]!;
      const shop = shops[candidates.listing[candidate]!]!;
      if (shop < 0 || (this.#perShop.get(shop) ?? 0) < max) continue;
      candidates.dropped[candidate] = 'shop-limit';
      this.#remove(i);
    }
  }

  #weigh(): number {
    const size = this.#members.length;
    const { diversity } = this.#input;
    for (let i = 0; i < size; i++)
      this.#utility[i] = (1 - diversity) * this.#relevance[i]! - diversity * this.#nearest[i]!;
    return size;
  }

  /** What was shown goes to the place, whatever would have been drawn; undefined where it is no candidate. */
  follow(place: number, followed: FollowedSlate): Taken | undefined {
    const size = this.#weigh();
    const chances = new Float64Array(size);
    if (size > 0) {
      const { exploration } = this.#input;
      chancesOf({ exploration, size, utility: this.#utility, newcomers: this.#newcomers }, chances);
    }
    followed.told(place, this.#rows(), chances);
    const listing = followed.listingAt(place);
    const candidate = listing < 0 ? -1 : this.#input.candidates.find(listing);
    if (candidate < 0) return undefined;
    const at = this.#members.indexOf(candidate);
    if (at >= 0) this.#remove(at);
    this.countShop(candidate);
    return { candidate, propensity: at < 0 ? 0 : chances[at]! };
  }

  take(place: number): Taken | undefined {
    const size = this.#weigh();
    if (size === 0) return undefined;
    const { exploration, seed } = this.#input;
    const { at, propensity } = choose({
      exploration,
      seed,
      place,
      size,
      utility: this.#utility,
      keys: exploration === undefined ? NO_KEYS : this.#rows(),
      newcomers: this.#newcomers,
    });
    const candidate = this.#members[at]!;
    this.#remove(at);
    this.countShop(candidate);
    return { candidate, propensity };
  }

  /** Listing rows of the members: these tell them apart. */
  #rows(): number[] {
    const { listing } = this.#input.candidates;
    return this.#members.map((member) => listing[member]!);
  }

  /** Keeps the order of the others, best first. */
  #remove(at: number): void {
    this.#members.splice(at, 1);
    this.#relevance.splice(at, 1);
    this.#nearest.splice(at, 1);
    this.#newcomers.splice(at, 1);
  }
}
