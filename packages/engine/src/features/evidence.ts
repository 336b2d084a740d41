/**
 * What the buyer's past and the page speak for: for each listing the sum, over the listings that the buyer deals with, of how
 * strongly it goes together with them. Made once a request; candidate sources read its tops and features its values.
 *
 *     together(i) = Σ_seeds  w_s · n(s, i) / √((n(s) + 5)(n(i) + 5))
 *
 * with n(s, i) how often both met in an order and n(·) how often each was bought; seeds of older orders weigh less.
 */
import type { Market } from '../market/market.ts';
import { Accumulator } from './accumulator.ts';
import { frontAt, PURCHASES, VIEWS } from './listing-counters.ts';
import { inBrief, type Moment } from './moment.ts';
import { Shortlist } from './shortlist.ts';
import type { Signals } from './signals.ts';
import type { Together } from './together.ts';

/** Listings of the buyer's history that speak; the latest touched. */
const SEEDS_MAX = 80;
/** Listings of the cart or the last order that speak for now. */
const NOW_SEEDS_MAX = 24;
const SMOOTHING = 5;

export class Evidence {
  /** What the decision has to do with: begun anew by `gather`. */
  readonly shortlist = new Shortlist();
  /** From the buyer's history. */
  readonly together = new Accumulator(this.shortlist);
  /** From the page, the cart, or else the buyer's last order. */
  readonly togetherNow = new Accumulator(this.shortlist);
  /** What orders hold that follow one with the listings of the buyer's last order. */
  readonly next = new Accumulator(this.shortlist);
  readonly viewedTogether = new Accumulator(this.shortlist);
  readonly neighbours = new Accumulator(this.shortlist);
  /** Room for a source that orders by more than one sum. */
  readonly priority = new Accumulator(this.shortlist);
  /** Match with the query. Filled by the search source. */
  readonly search = new Accumulator(this.shortlist);
  /** Likeness to what is at hand, in [0, 1]. Filled by the source of similar listings. */
  readonly alike = new Accumulator(this.shortlist);

  readonly #all = [
    this.together,
    this.togetherNow,
    this.next,
    this.viewedTogether,
    this.neighbours,
    this.search,
    this.alike,
  ];
  readonly #seeds = new Int32Array(SEEDS_MAX);
  readonly #weights = new Float32Array(SEEDS_MAX);
  #seedCount = 0;

  gather(moment: Moment, market: Market, signals: Signals): void {
    for (const sums of this.#all) sums.begin();
    this.shortlist.begin();
    this.#pickHistory(moment, market);
    const cart = moment.cart.slice(0, inBrief(NOW_SEEDS_MAX, moment));
    const page = [...(moment.listing >= 0 ? [moment.listing] : []), ...cart];
    for (let i = 0; i < this.#seedCount; i++)
      addTogether(signals, signals.together, PURCHASES, this.#seeds[i]!, this.#weights[i]!, this.together);
    for (const seed of page) {
      addTogether(signals, signals.together, PURCHASES, seed, 1 / page.length, this.togetherNow);
      addTogether(signals, signals.viewedTogether, VIEWS, seed, 1 / page.length, this.viewedTogether);
    }
    this.#gatherLast(moment, market, signals, page.length > 0);
    for (const sums of [this.together, this.togetherNow, this.next]) this.#normalise(sums, PURCHASES, signals);
    this.#normalise(this.viewedTogether, VIEWS, signals);
    for (let i = 0; i < this.#seedCount; i++) this.#addNeighbours(signals, this.#seeds[i]!, this.#weights[i]!);
    for (const seed of page) this.#addNeighbours(signals, seed, 1 / page.length);
  }

  #pickHistory(moment: Moment, market: Market): void {
    const { interactions, buyers } = market;
    const orders = moment.buyer < 0 ? 0 : buyers.orders.data[moment.buyer]!;
    const seedsMax = inBrief(SEEDS_MAX, moment);
    this.#seedCount = 0;
    let total = 0;
    for (
      let row = interactions.first(moment.buyer);
      row >= 0 && this.#seedCount < seedsMax;
      row = interactions.next.data[row]!
    ) {
      if (interactions.hidden.data[row] === 1) continue;
      const bought = interactions.purchases.data[row]! > 0;
      const weight = 1 / Math.sqrt(1 + (bought ? orders - interactions.lastOrder.data[row]! : 0));
      this.#seeds[this.#seedCount] = interactions.listing.data[row]!;
      this.#weights[this.#seedCount++] = weight;
      total += weight;
    }
    for (let i = 0; i < this.#seedCount; i++) this.#weights[i]! /= total;
  }

  /** The buyer's last order and last views; with a page or a cart, only what follows the order. */
  #gatherLast(moment: Moment, { interactions, buyers }: Market, signals: Signals, hasPage: boolean): void {
    const { buyer } = moment;
    const lastOrder = buyer < 0 ? 0 : buyers.orders.data[buyer]!;
    const seedsMax = inBrief(NOW_SEEDS_MAX, moment);
    let row = interactions.first(buyer);
    for (let i = 0; i < seedsMax && row >= 0; i++, row = interactions.next.data[row]!) {
      const seed = interactions.listing.data[row]!;
      const inLastOrder = lastOrder > 0 && interactions.lastOrder.data[row] === lastOrder;
      if (inLastOrder) addTogether(signals, signals.nextOrder, PURCHASES, seed, 1 / seedsMax, this.next);
      if (hasPage) continue;
      if (inLastOrder) addTogether(signals, signals.together, PURCHASES, seed, 1 / seedsMax, this.togetherNow);
      if (interactions.lastViewAt.data[row]! > 0)
        addTogether(signals, signals.viewedTogether, VIEWS, seed, 1 / seedsMax, this.viewedTogether);
    }
  }

  /** The factor 1 / √(n(i) + 5): once for each listing, however many seeds have spoken for it. */
  #normalise({ touched, size, sums }: Accumulator, counter: number, { statistics }: Signals): void {
    const { front } = statistics.counters;
    const { listing } = this.shortlist;
    for (let i = 0; i < size; i++) {
      const entry = touched[i]!;
      sums[entry]! *= inverseRoot(front[frontAt(listing[entry]!, counter)]!);
    }
  }

  #addNeighbours({ embedding }: Signals, seed: number, weight: number): void {
    if (seed >= embedding.size) return;
    const start = seed * embedding.neighboursPerListing;
    for (let i = start; i < start + embedding.neighboursPerListing; i++) {
      const listing = embedding.neighbours[i]!;
      const similarity = embedding.similarities[i]!;
      // Nearest first: from the first that speaks against it on, none speaks for it.
      if (listing < 0 || similarity <= 0) break;
      this.neighbours.add(listing, weight * similarity);
    }
  }
}

/** Of the formula above, all but the factor of the listing met. `counter` says how often the seed was there to be met. */
function addTogether(
  { statistics: { counters } }: Signals,
  together: Together,
  counter: number,
  seed: number,
  weight: number,
  sums: Accumulator,
): void {
  const start = together.start(seed);
  if (start < 0) return;
  const end = start + 2 * together.size(seed);
  const met = together.cells;
  const scale = weight * inverseRoot(counters.get(seed, counter));
  for (let i = start; i < end; i += 2) sums.add(met[i]!, scale * met[i + 1]!);
}

const TABLE_SIZE = 8192;
const INVERSE_ROOTS = Float64Array.from({ length: TABLE_SIZE }, (_, n) => 1 / Math.sqrt(n + SMOOTHING));

/** 1 / √(n + SMOOTHING). */
function inverseRoot(n: number): number {
  return n < TABLE_SIZE ? INVERSE_ROOTS[n]! : 1 / Math.sqrt(n + SMOOTHING);
}
