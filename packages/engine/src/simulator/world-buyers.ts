/** Buyers of a generated marketplace: where they live, what they like, how often they come and what a price means to them. */
import type { Rng } from '../base/rng.ts';
import { CATEGORIES } from './categories.ts';
import { drawDirection, WeightedChoice, zipfWeights } from './draw.ts';
import { COUNTRIES, type Language } from './vocabulary.ts';

const SIGNED_IN_SHARE = 0.75;
const FAVOURITES_MAX = 4;
const TASTE_NOISE = 0.35;

export interface WorldBuyer {
  readonly id: string;
  /** The others are known by their device only. */
  readonly signedIn: boolean;
  /** In `COUNTRIES`. */
  readonly country: number;
  readonly language: Language;
  /** How often the buyer comes, relative to others. */
  readonly activity: number;
  /** By how much one standard deviation of price lessens the odds of a click, as a logarithm. */
  readonly priceSensitivity: number;
  /** Chance to go on to another page of choice, each time. */
  readonly patience: number;
  /** Chance to come for the same thing again when it must be used up. */
  readonly loyalty: number;
  /** In `CATEGORIES`, the dearest first. */
  readonly favourites: readonly number[];
  readonly taste: Float32Array; // [DIMENSIONS]
}

export interface BuyersInput {
  readonly count: number;
  readonly centres: readonly Float32Array[];
}

export function generateBuyers({ count, centres }: BuyersInput, rng: Rng): WorldBuyer[] {
  const countries = new WeightedChoice(COUNTRIES.map(({ share }) => share));
  const byDemand = new WeightedChoice(zipfWeights(CATEGORIES.length, 0.5));
  return Array.from({ length: count }, (_, i) => {
    const country = countries.draw(rng);
    const favourites = drawFavourites(byDemand, rng);
    return {
      id: `buyer-${i}`,
      signedIn: rng.unit() < SIGNED_IN_SHARE,
      country,
      language: COUNTRIES[country].language,
      activity: Math.exp(0.9 * rng.normal()),
      priceSensitivity: 0.4 * Math.exp(0.5 * rng.normal()),
      patience: 0.35 + 0.4 * rng.unit(),
      loyalty: rng.unit(),
      favourites,
      taste: mix(favourites, centres, rng),
    };
  });
}

function drawFavourites(byDemand: WeightedChoice, rng: Rng): number[] {
  const favourites = new Set<number>();
  for (let n = 1 + rng.below(FAVOURITES_MAX); n > 0; n--) favourites.add(byDemand.draw(rng));
  return [...favourites];
}

/** The first favourite speaks loudest. */
function mix(favourites: readonly number[], centres: readonly Float32Array[], rng: Rng): Float32Array {
  const sum = new Float32Array(centres[0].length);
  favourites.forEach((category, rank) => {
    for (let d = 0; d < sum.length; d++) sum[d] += centres[category][d] / (rank + 1);
  });
  const taste = new Float32Array(sum.length);
  drawDirection(taste, rng, sum, TASTE_NOISE);
  return taste;
}
