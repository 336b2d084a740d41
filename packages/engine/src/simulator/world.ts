/**
 * A generated marketplace: what exists (listings, shops, campaigns, reviews, as the API takes them) and what nobody but the
 * simulator knows: tastes, qualities, what buyers are like. One seed, one world.
 *
 * Tastes are unit vectors of DIMENSIONS: every category has a centre, a listing lies near its category's, a buyer near those
 * of a few favourites. `truth.ts` turns them into probabilities.
 */
import type { Campaign, Review, Settings, Shop } from '@rialto/sdk';
import { assert } from '../base/assert.ts';
import { hash32 } from '../base/hash.ts';
import { Rng } from '../base/rng.ts';
import { CATEGORIES } from './categories.ts';
import { drawDirection } from './draw.ts';
import { generateBuyers, type WorldBuyer } from './world-buyers.ts';
import { generateCampaigns } from './world-campaigns.ts';
import { generateListings, type WorldListing } from './world-listings.ts';
import { generateReviews } from './world-reviews.ts';
import { generateShops } from './world-shops.ts';

const DIMENSIONS = 8;

export interface WorldOptions {
  readonly listings: number;
  readonly buyers: number;
  /** One for 40 listings where absent. */
  readonly shops?: number;
  /** Of shops; 0.4 where absent. */
  readonly advertisingShare?: number;
  /** What budgets are measured by; 0.35 for each buyer where absent. */
  readonly visitsPerDay?: number;
  /** Campaigns that ask for nothing but visits. */
  readonly plainCampaigns?: boolean;
  /** Of all listings, so many have reviews; 0.3 where absent. */
  readonly reviewedShare?: number;
}

export interface World {
  readonly seed: number;
  readonly settings: Settings;
  readonly visitsPerDay: number;
  readonly shops: readonly Shop[];
  readonly listings: readonly WorldListing[];
  /** Where a listing stands in `listings`, by its id. */
  readonly listingIndex: ReadonlyMap<string, number>;
  readonly campaigns: readonly Campaign[];
  readonly reviews: readonly Review[];
  readonly buyers: readonly WorldBuyer[];
  /** Rows of `listings` by category. [categories] */
  readonly ofCategory: readonly Int32Array[];
}

/** A stream of chance for one part of the world, so that a change in one part leaves the others as they are. */
const partRng = (seed: number, part: string): Rng => new Rng(hash32(`${seed}/${part}`));

export function generateWorld(options: WorldOptions, seed: number): World {
  assert(options.listings > 0 && options.buyers > 0, 'a world needs listings and buyers');
  const visitsPerDay = options.visitsPerDay ?? Math.max(1, 0.35 * options.buyers);
  const centres = categoryCentres(partRng(seed, 'categories'));
  const shops = generateShops(options.shops ?? Math.ceil(options.listings / 40), partRng(seed, 'shops'));
  const listings = generateListings({ count: options.listings, centres, shops }, partRng(seed, 'listings'));
  const buyers = generateBuyers({ count: options.buyers, centres }, partRng(seed, 'buyers'));
  const share = options.advertisingShare ?? 0.4;
  return {
    seed,
    // Its buyers click in the moment in which a page is shown.
    settings: { currency: 'EUR', language: 'en', ads: { traffic: { clickAfterMsMin: 0 } } },
    visitsPerDay,
    shops,
    listings,
    listingIndex: new Map(listings.map(({ entity }, i) => [entity.id, i])),
    campaigns: generateCampaigns(
      { shops, listings, share, visitsPerDay, plain: options.plainCampaigns === true },
      partRng(seed, 'campaigns'),
    ),
    reviews: generateReviews({ listings, share: options.reviewedShare ?? 0.3 }, partRng(seed, 'reviews')),
    buyers,
    ofCategory: CATEGORIES.map((_, category) =>
      Int32Array.from(listings.flatMap((listing, i) => (listing.category === category ? [i] : []))),
    ),
  };
}

/** Categories under one roof lie near each other. [categories][DIMENSIONS] */
function categoryCentres(rng: Rng): Float32Array[] {
  const roofs = new Map<string, Float32Array>();
  return CATEGORIES.map(({ path }) => {
    const roof = path.split(' > ', 1)[0];
    let roofCentre = roofs.get(roof);
    if (!roofCentre) {
      roofCentre = new Float32Array(DIMENSIONS);
      drawDirection(roofCentre, rng);
      roofs.set(roof, roofCentre);
    }
    const centre = new Float32Array(DIMENSIONS);
    drawDirection(centre, rng, roofCentre, 0.8);
    return centre;
  });
}
