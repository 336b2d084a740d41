/**
 * What a model makes of the features that belong to listings alone, kept from decision to decision. A listing's is made anew when
 * one of its counts has changed since, and all of them with the hour and when the market has grown: what is kept is the same to the
 * bit as what would be made now. Most candidates of most decisions cost one read instead of a walk over a third of the features.
 */
import { MILLIS_PER_HOUR } from '../base/units.ts';
import { CANDIDATES_MAX, type Candidates } from '../features/candidates.ts';
import { FEATURES } from '../features/catalogue.ts';
import type { ListingFacts, ListingFeature } from '../features/feature.ts';
import { CHANGES, frontAt, type ListingCounters } from '../features/listing-counters.ts';
import type { Statistics } from '../features/statistics.ts';
import { type AdditiveScorer, GATES } from '../learning/additive-model.ts';

/** Of a listing's cell: its number of changes, the scores by gate, and one to spare, so that no cell lies on two cache lines. */
const CELL = 4;

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
  #changes = new Int32Array(0); // [listings × CELL]
  /** The same memory. */
  #scores = new Float32Array(0);

  constructor(scorer: AdditiveScorer) {
    this.#scorer = scorer;
  }

  /** Adds each candidate's score by the listing features to `out`. gates, out: [candidates] */
  addTo(statistics: Statistics, featureAt: number, candidates: Candidates, gates: Uint8Array, out: Float64Array): void {
    this.#forget(statistics, Math.floor(featureAt / MILLIS_PER_HOUR));
    const { counted, size } = candidates;
    const { front } = statistics.counters;
    const changes = this.#changes;
    const scores = this.#scores;
    let stale = 0;
    for (let row = 0; row < size; row++) {
      const cell = counted[row]! * CELL;
      if (changes[cell] === front[frontAt(counted[row]!, CHANGES)]) out[row]! += scores[cell + 1 + gates[row]!]!;
      else staleRows[stale++] = row;
    }
    if (stale > 0) this.#refresh(statistics, featureAt, candidates, stale);
    for (let i = 0; i < stale; i++) {
      const row = staleRows[i]!;
      out[row]! += scores[counted[row]! * CELL + 1 + gates[row]!]!;
    }
  }

  /** Makes room for all listings, and forgets everything where it would no longer hold. */
  #forget({ counters, purchasesRounded }: Statistics, hour: number): void {
    if (this.#changes.length < counters.listings * CELL) {
      const capacity = Math.ceil(1.5 * counters.listings) * CELL;
      const grown = new Int32Array(capacity).fill(-1);
      grown.set(this.#changes);
      this.#changes = grown;
      this.#scores = new Float32Array(grown.buffer);
    }
    if (this.#counters === counters && this.#hour === hour && this.#purchases === purchasesRounded) return;
    this.#counters = counters;
    this.#hour = hour;
    this.#purchases = purchasesRounded;
    this.#changes.fill(-1);
  }

  #refresh(statistics: Statistics, featureAt: number, { counted }: Candidates, stale: number): void {
    for (let i = 0; i < stale; i++) staleListings[i] = counted[staleRows[i]!]!;
    const facts = listingFacts(statistics, featureAt, { listing: staleListings, size: stale });
    for (const sum of sums) sum.fill(0, 0, stale);
    for (const { feature, column } of LISTING_FEATURES) {
      feature.fill(facts, values);
      for (let gate = 0; gate < GATES; gate++) this.#scorer.addColumn(column, gate, values, stale, sums[gate]!);
    }
    const { front } = statistics.counters;
    for (let i = 0; i < stale; i++) {
      const cell = staleListings[i]! * CELL;
      this.#changes[cell] = front[frontAt(staleListings[i]!, CHANGES)]!;
      for (let gate = 0; gate < GATES; gate++) this.#scores[cell + 1 + gate] = sums[gate]![i]!;
    }
  }
}
