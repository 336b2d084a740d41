/**
 * What a model makes of the features that belong to listings alone, kept from decision to decision. A listing's is forgotten when
 * one of its counts changes, and all of them with the hour and when the market has grown: what is kept is the same to the bit as what
 * would be made now. Most candidates of most decisions cost one read of four bytes instead of a walk over a third of the features.
 */
import { MILLIS_PER_HOUR } from '../base/units.ts';
import { CANDIDATES_MAX, type Candidates } from '../features/candidates.ts';
import { FEATURES } from '../features/catalogue.ts';
import type { ListingFacts, ListingFeature } from '../features/feature.ts';
import { CHANGES_KEPT, type ListingCounters } from '../features/listing-counters.ts';
import type { Statistics } from '../features/statistics.ts';
import { type AdditiveScorer, GATES } from '../learning/additive-model.ts';

/** The features of listings alone, and which columns of a model they are. */
export const LISTING_FEATURES = FEATURES.flatMap((feature, column) =>
  feature.scope === 'listing' ? [{ feature: feature as ListingFeature, column }] : [],
);

// Scratch memory; not for two decisions at once.
const staleRows = new Int32Array(CANDIDATES_MAX);
const staleListings = new Int32Array(CANDIDATES_MAX);
const values = new Float32Array(CANDIDATES_MAX);
const sums = Array.from({ length: GATES }, () => new Float64Array(CANDIDATES_MAX));

/** Of listings at a moment. */
export function listingFacts(
  statistics: Statistics,
  featureAt: number,
  { listing, size }: { readonly listing: Int32Array; readonly size: number },
): ListingFacts {
  return {
    behind: statistics.counters.behind,
    front: statistics.counters.front,
    hour: Math.floor(featureAt / MILLIS_PER_HOUR),
    purchases: statistics.purchasesRounded,
    listing,
    size,
  };
}

export class ListingScores {
  readonly #scorer: AdditiveScorer;
  #counters: ListingCounters | undefined;
  #hour = -1;
  #purchases = -1;
  /** How many of the counters' changes were heeded. */
  #changes = 0;
  /** NaN where it is to be made. [GATES][listings] */
  readonly #scores = Array.from({ length: GATES }, () => new Float32Array(0));

  constructor(scorer: AdditiveScorer) {
    this.#scorer = scorer;
  }

  /** Adds each candidate's score by the listing features to `out`. gates, out: [candidates] */
  addTo(statistics: Statistics, featureAt: number, candidates: Candidates, gates: Uint8Array, out: Float64Array): void {
    this.#forget(statistics, Math.floor(featureAt / MILLIS_PER_HOUR));
    const { counted, size } = candidates;
    const usual = this.#scores[0]!;
    let stale = 0;
    for (let row = 0; row < size; row++) {
      const score = gates[row] === 0 ? usual[counted[row]!]! : this.#scores[gates[row]!]![counted[row]!]!;
      if (Number.isNaN(score)) staleRows[stale++] = row;
      else out[row]! += score;
    }
    if (stale > 0) this.#refresh(statistics, featureAt, candidates, stale);
    for (let i = 0; i < stale; i++) {
      const row = staleRows[i]!;
      out[row]! += this.#scores[gates[row]!]![counted[row]!]!;
    }
  }

  /** Makes room for all listings, and forgets what would no longer hold. */
  #forget({ counters, purchasesRounded }: Statistics, hour: number): void {
    if (this.#scores[0]!.length < counters.listings) this.#grow(Math.ceil(1.5 * counters.listings));
    const { changes, changed } = counters;
    const holds = this.#counters === counters && this.#hour === hour && this.#purchases === purchasesRounded;
    if (!holds || changes - this.#changes > CHANGES_KEPT) for (const scores of this.#scores) scores.fill(Number.NaN);
    else
      for (; this.#changes < changes; this.#changes++)
        for (const scores of this.#scores) scores[changed[this.#changes & (CHANGES_KEPT - 1)]!] = Number.NaN;
    this.#counters = counters;
    this.#hour = hour;
    this.#purchases = purchasesRounded;
    this.#changes = changes;
  }

  #grow(capacity: number): void {
    for (let gate = 0; gate < GATES; gate++) {
      const grown = new Float32Array(capacity).fill(Number.NaN);
      grown.set(this.#scores[gate]!);
      this.#scores[gate] = grown;
    }
  }

  #refresh(statistics: Statistics, featureAt: number, { counted }: Candidates, stale: number): void {
    for (let i = 0; i < stale; i++) staleListings[i] = counted[staleRows[i]!]!;
    const facts = listingFacts(statistics, featureAt, { listing: staleListings, size: stale });
    for (const sum of sums) sum.fill(0, 0, stale);
    for (const { feature, column } of LISTING_FEATURES) {
      feature.fill(facts, values);
      for (let gate = 0; gate < GATES; gate++) this.#scorer.addColumn(column, gate, values, stale, sums[gate]!);
    }
    for (let gate = 0; gate < GATES; gate++)
      for (let i = 0; i < stale; i++) this.#scores[gate]![staleListings[i]!] = sums[gate]![i]!;
  }
}
