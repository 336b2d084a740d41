/**
 * A feature: one number in [0, 1] for each candidate, from the state and the request alone. One file a feature; the same
 * code fills training rows and serving rows.
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

export interface Feature {
  readonly name: string;
  /** For people: what a high value means. */
  readonly words: string;
  /** Log-odds that a value of 1 adds before anything has been learned. */
  readonly prior: number;
  /** Fills `out` [candidates]. */
  fill(input: FeatureInput, out: Float32Array): void;
}

/** A feature that is the same for all candidates: a fact about the buyer. It tells through the pairs it is crossed with. */
export function buyerFeature(name: string, words: string, value: (input: FeatureInput) => number): Feature {
  return { name, words, prior: 0, fill: (input, out) => void out.fill(value(input), 0, input.candidates.size) };
}

/** A feature of the listing alone, by row. */
export function listingFeature(name: string, words: string, prior: number, value: (listing: number, input: FeatureInput) => number): Feature {
  return {
    name,
    words,
    prior,
    fill(input, out) {
      const { listing, size } = input.candidates;
      for (let i = 0; i < size; i++) out[i] = value(listing[i]!, input);
    },
  };
}

/** A feature of what the buyer did with the listing: `value` gets the row in `Interactions`; 0 where there is none. */
export function ownFeature(name: string, words: string, prior: number, value: (row: number, input: FeatureInput) => number): Feature {
  return {
    name,
    words,
    prior,
    fill(input, out) {
      const { own, size } = input.candidates;
      for (let i = 0; i < size; i++) out[i] = own[i]! < 0 ? 0 : value(own[i]!, input);
    },
  };
}
