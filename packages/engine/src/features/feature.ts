/**
 * A feature: one number in [0, 1] for each candidate, from the state and the request alone. One file a feature; the same
 * code fills training rows and serving rows. Each has its own loop over the candidates, so that the compiler sees one loop a
 * feature and the columns stay in registers: this is where a decision spends its time.
 */
import type { Market } from '../market/market.ts';
import type { Candidates } from './candidates.ts';
import type { Evidence } from './evidence.ts';
import type { Moment } from './moment.ts';
import type { Signals } from './signals.ts';

export interface FeatureInput {
  readonly moment: Moment;
  readonly market: Market;
  readonly signals: Signals;
  readonly evidence: Evidence;
  readonly candidates: Candidates;
}

/** Listings, and what their features may be made of. */
export interface ListingFacts {
  /** Their rows of counters. [listings × COUNTERS] and [listings × FRONT] */
  readonly behind: Int32Array;
  readonly front: Int32Array;
  /** Now, in whole hours since 1970. */
  readonly hour: number;
  /** All purchases in the market, to about one in a hundred. */
  readonly purchases: number;
  readonly listing: Int32Array; // [size]
  readonly size: number;
}

interface Described {
  readonly name: string;
  /** For people: what a high value means. */
  readonly words: string;
  /** Log-odds that a value of 1 adds before anything has been learned. */
  readonly prior: number;
}

/**
 * Of the listing alone, whoever asks and wherever: fills `out` [size]. What a model makes of all these together is kept until one of the
 * facts changes, so they cost next to nothing.
 */
export interface ListingFeature extends Described {
  readonly scope: 'listing';
  fill(facts: ListingFacts, out: Float32Array): void;
}

/** Of each candidate: fills `out` [candidates], or returns false and leaves it, where the value is 0 for all. */
export interface CandidateFeature extends Described {
  readonly scope: 'candidate';
  fill(input: FeatureInput, out: Float32Array): boolean;
}

/** Of what speaks for a candidate: fills `out` where something does, lists those in `rows` and returns how many; all others are 0. */
export interface EvidenceFeature extends Described {
  readonly scope: 'evidence';
  fill(input: FeatureInput, out: Float32Array, rows: Int32Array): number;
}

/** Of what the buyer did with the candidate: fills `out` at `candidates.ownSlots` only; all others are 0. */
export interface OwnFeature extends Described {
  readonly scope: 'own';
  fill(input: FeatureInput, out: Float32Array): void;
}

/** A fact about the buyer, the same for all candidates. It tells by being weighed apart for own and for new listings. */
export interface BuyerFeature extends Described {
  readonly scope: 'buyer';
  value(input: FeatureInput): number;
}

export type Feature = ListingFeature | CandidateFeature | EvidenceFeature | OwnFeature | BuyerFeature;
