/**
 * Listings of a generated marketplace. Shops have unequal shares of them (Zipf), prices are log-normal in each category, and
 * a listing has a hidden quality and a taste near its category's.
 */
import type { Listing, Shop } from '@rialto/sdk';
import type { Rng } from '../base/rng.ts';
import { CATEGORIES } from './categories.ts';
import { drawDirection, WeightedChoice, zipfWeights } from './draw.ts';
import { nameListing, pick } from './listing-title.ts';
import { COUNTRIES, type Language } from './vocabulary.ts';

const CENT_MICROS = 10_000;
const SHOP_EXPONENT = 0.8;
const CATEGORY_EXPONENT = 0.5;
const CATEGORIES_OF_SHOP = 3;
const TASTE_NOISE = 0.6;
const OCCASIONS = ['gift', 'wedding', 'housewarming', 'everyday', 'birthday'];

export interface WorldListing {
  readonly entity: Listing;
  /** In `CATEGORIES`. */
  readonly category: number;
  readonly language: Language;
  /** Standard normal: how much everybody likes it. */
  readonly quality: number;
  /** How far its price lies from its category's usual one, in standard deviations of the logarithm. */
  readonly dearness: number;
  readonly taste: Float32Array; // [DIMENSIONS]
}

export interface ListingsInput {
  readonly count: number;
  readonly centres: readonly Float32Array[];
  readonly shops: readonly Shop[];
}

export function generateListings({ count, centres, shops }: ListingsInput, rng: Rng): WorldListing[] {
  const byShare = new WeightedChoice(zipfWeights(shops.length, SHOP_EXPONENT));
  const byDemand = new WeightedChoice(zipfWeights(CATEGORIES.length, CATEGORY_EXPONENT));
  const specialities = shops.map(() => Array.from({ length: CATEGORIES_OF_SHOP }, () => byDemand.draw(rng)));
  const languages = new Map(COUNTRIES.map(({ code, language }) => [code, language]));
  return Array.from({ length: count }, (_, i) => {
    const row = byShare.draw(rng);
    const shop = shops[row];
    const category = pick(specialities[row], rng);
    const taste = new Float32Array(centres[category].length);
    drawDirection(taste, rng, centres[category], TASTE_NOISE);
    return drawListing(
      { id: `listing-${i}`, shop, category, taste, language: languages.get(shop.country ?? '') ?? 'en' },
      rng,
    );
  });
}

interface Drawn {
  readonly id: string;
  readonly shop: Shop;
  readonly category: number;
  readonly taste: Float32Array;
  readonly language: Language;
}

function drawListing({ id, shop, category, taste, language }: Drawn, rng: Rng): WorldListing {
  const facts = CATEGORIES[category];
  const { title, material, variant } = nameListing(facts, language, rng);
  const dearness = rng.normal();
  const entity: Listing = {
    id,
    title,
    priceMicros: CENT_MICROS * Math.round(100 * facts.priceMedian * Math.exp(facts.priceSpread * dearness)),
    category: facts.path,
    shop: shop.id,
    brand: shop.name,
    tags: [pick(OCCASIONS, rng), material],
    attributes: { material, variant },
    language,
    ...(rng.unit() < 0.02 && { availability: 'out-of-stock' as const }),
  };
  return { entity, category, language, quality: rng.normal(), dearness, taste };
}
