/**
 * The marketplace that benchmarks run on: as log records, made one after the other from a seed, so that a million listings need
 * no more memory than one. Listings, titles and categories are those of the simulator; what is sold of a category follows
 * Zipf's law. Not a world: nobody in it has tastes that could be learned. Its embedding is drawn, not trained, of the size
 * and shape of a trained one: it costs what a real one costs and knows nothing.
 */
import type { BuyerEvent, Listing } from '@rialto/sdk';
import { Rng } from '../src/base/rng.ts';
import { MICROS_PER_CENT, MILLIS_PER_DAY } from '../src/base/units.ts';
import { DEFAULT_PLACEMENTS } from '../src/delivery/default-placements.ts';
import { Embedding } from '../src/features/embedding.ts';
import { DEFAULT_ITEM2VEC } from '../src/learning/item2vec.ts';
import type { EventRecord, LogRecord } from '../src/log/record.ts';
import { CATEGORIES } from '../src/simulator/categories.ts';
import { drawDirection, WeightedChoice, zipfWeights } from '../src/simulator/draw.ts';
import { nameListing } from '../src/simulator/listing-title.ts';
import { COUNTRIES } from '../src/simulator/vocabulary.ts';

const ZIPF_EXPONENT = 0.8;
const HISTORY_DAYS = 60;
const VISITS_MIN = 2;
const VISITS_MAX = 6;
const FAVOURITES = 3;
const NEIGHBOURS = 24;
const CAMPAIGN_LISTINGS = 20;
const REVIEWED_SHARE = 0.1;

export interface MarketplaceSize {
  readonly listings: number;
  readonly buyers: number;
  readonly campaigns: number;
  /** When the history ends. */
  readonly endsAt: number;
}

/** The usual shape at a number of listings: 4 events a listing, 20 a buyer. */
export const marketplaceOf = (listings: number, endsAt: number): MarketplaceSize => ({
  listings,
  buyers: Math.ceil(listings / 5),
  campaigns: Math.min(500, Math.ceil(listings / 100)),
  endsAt,
});

export class Marketplace {
  readonly size: MarketplaceSize;
  readonly #seed: number;
  /** Which of a category's listings is meant, the most popular first. */
  readonly #popularity: WeightedChoice;
  readonly #shops: number;

  constructor(size: MarketplaceSize, seed = 1) {
    this.size = size;
    this.#seed = seed;
    this.#shops = Math.max(size.campaigns, Math.ceil(size.listings / 40));
    this.#popularity = new WeightedChoice(zipfWeights(Math.ceil(size.listings / CATEGORIES.length), ZIPF_EXPONENT));
  }

  rng(part: number): Rng {
    return new Rng(this.#seed * 1_000 + part);
  }

  /** Everything, in an order in which an engine takes it: what exists, the embedding, then the buyers' history. */
  *records(): Generator<LogRecord> {
    yield* this.entities();
    yield { kind: 'model', at: this.#startsAt, by: 'bench', name: 'embedding', bytes: this.#embedding(), card: {} };
    yield* this.history();
  }

  get #startsAt(): number {
    return this.size.endsAt - HISTORY_DAYS * MILLIS_PER_DAY;
  }

  *entities(): Generator<LogRecord> {
    const saved = { at: this.#startsAt, by: 'bench' };
    yield { kind: 'settings', ...saved, entity: { currency: 'EUR', language: 'en' } };
    for (const entity of DEFAULT_PLACEMENTS) yield { kind: 'placement', ...saved, entity };
    for (let shop = 0; shop < this.#shops; shop++)
      yield { kind: 'shop', ...saved, entity: { id: `shop-${shop}`, name: `Shop ${shop}`, country: countryOf(shop) } };
    for (let row = 0; row < this.size.listings; row++) yield { kind: 'listing', ...saved, entity: this.listing(row) };
    yield* this.#campaigns();
    yield* this.#reviews();
  }

  /** The same for the same row and version; another version has another price and perhaps is sold out. */
  listing(row: number, version = 0): Listing {
    const rng = new Rng(this.#seed + 7 * row);
    const facts = CATEGORIES[row % CATEGORIES.length];
    const shop = row % this.#shops;
    const { language } = COUNTRIES[shop % COUNTRIES.length];
    const { title, material, variant } = nameListing(facts, language, rng);
    const price = facts.priceMedian * Math.exp(facts.priceSpread * rng.normal());
    return {
      id: listingId(row),
      title: `${title} ${collectionName(rng)}`,
      priceMicros: MICROS_PER_CENT * (Math.round(100 * price) + version),
      category: facts.path,
      shop: `shop-${shop}`,
      tags: [material],
      attributes: { material, variant },
      language,
      ...((row + version) % 50 === 49 && { availability: 'out-of-stock' as const }),
    };
  }

  *#campaigns(): Generator<LogRecord> {
    const rng = this.rng(2);
    const shelf = Math.floor(this.size.listings / this.#shops);
    for (let shop = 0; shop < this.size.campaigns; shop++) {
      const listings = Array.from({ length: Math.min(CAMPAIGN_LISTINGS, shelf) }, (_, i) =>
        listingId(shop + i * this.#shops),
      );
      const entity = {
        id: `campaign-${shop}`,
        shop: `shop-${shop}`,
        listings,
        bidMicros: MICROS_PER_CENT * (5 + rng.below(60)),
        dailyBudgetMicros: 1_000 * MICROS_PER_CENT * (1 + rng.below(50)),
      };
      yield { kind: 'campaign', at: this.#startsAt, by: 'bench', entity };
    }
  }

  *#reviews(): Generator<LogRecord> {
    const rng = this.rng(3);
    const count = Math.floor(REVIEWED_SHARE * this.size.listings);
    for (let i = 0; i < count; i++) {
      const entity = {
        id: `review-${i}`,
        listing: this.drawListing(rng, rng.below(CATEGORIES.length)),
        rating: 1 + rng.below(5),
      };
      yield { kind: 'review', at: this.#startsAt, by: 'bench', entity };
    }
  }

  /** Visits of buyers in time order, spread evenly over the days: 2 to 6 a buyer, 5 events each on average. */
  *history(): Generator<EventRecord> {
    const rng = this.rng(4);
    const visits = this.#visits(rng);
    for (let i = 0, event = 0; i < visits.length; i++) {
      const at = Math.floor(this.#startsAt + (i / visits.length) * HISTORY_DAYS * MILLIS_PER_DAY);
      for (const part of this.#visit(visits[i], i, rng))
        yield { kind: 'event', at: this.size.endsAt, imported: true, event: { id: `h-${event++}`, at, ...part } };
    }
  }

  /** Which buyer comes, in order of time. */
  #visits(rng: Rng): Int32Array {
    const visits: number[] = [];
    for (let buyer = 0; buyer < this.size.buyers; buyer++)
      for (let n = VISITS_MIN + rng.below(VISITS_MAX - VISITS_MIN + 1); n > 0; n--) visits.push(buyer);
    const order = Int32Array.from(visits);
    for (let i = order.length - 1; i > 0; i--) {
      const j = rng.below(i + 1);
      [order[i], order[j]] = [order[j], order[i]];
    }
    return order;
  }

  *#visit(
    buyer: number,
    visit: number,
    rng: Rng,
  ): Generator<Pick<BuyerEvent, 'type' | 'buyer' | 'listing' | 'country'>> {
    const who = { buyer: buyerId(buyer), country: countryOf(buyer) };
    for (let n = 1 + rng.below(5); n > 0; n--)
      yield { ...who, type: 'view', listing: this.drawListing(rng, favouriteOf(buyer, rng)) };
    const order = `o-${visit}`;
    for (let n = rng.below(5); n > 0; n--) {
      const listing = this.drawListing(rng, favouriteOf(buyer, rng));
      yield { ...who, type: 'purchase', listing, order, quantity: 1, priceMicros: 10_000_000 } as BuyerEvent;
    }
  }

  /** A listing of a category, by its popularity. */
  drawListing(rng: Rng, category: number): string {
    const row = this.#popularity.draw(rng) * CATEGORIES.length + category;
    return listingId(row < this.size.listings ? row : row % this.size.listings);
  }

  /** Any listing of any category, by its popularity. */
  drawRow(rng: Rng): number {
    return Number(this.drawListing(rng, rng.below(CATEGORIES.length)).slice(2));
  }

  #embedding(): Uint8Array {
    const rng = this.rng(5);
    const { listings } = this.size;
    const { dimensions } = DEFAULT_ITEM2VEC;
    const embedding = new Embedding();
    embedding.dimensions = dimensions;
    embedding.neighboursPerListing = NEIGHBOURS;
    embedding.vectors = new Float32Array(listings * dimensions);
    embedding.neighbours = new Int32Array(listings * NEIGHBOURS);
    embedding.similarities = new Float32Array(listings * NEIGHBOURS);
    for (let row = 0; row < listings; row++) {
      drawDirection(embedding.vectors.subarray(row * dimensions, (row + 1) * dimensions), rng);
      for (let i = 0; i < NEIGHBOURS; i++) {
        // Of the same category, which is what training finds by the words of titles.
        const near = (row % CATEGORIES.length) + CATEGORIES.length * rng.below(Math.ceil(listings / CATEGORIES.length));
        embedding.neighbours[row * NEIGHBOURS + i] = near < listings ? near : row;
        embedding.similarities[row * NEIGHBOURS + i] = 1 - i / (2 * NEIGHBOURS);
      }
    }
    return embedding.pack();
  }
}

export const listingId = (row: number): string => `l-${row}`;
export const buyerId = (buyer: number): string => `b-${buyer}`;

const SYLLABLES = 'ba,cor,del,en,fa,gri,hol,in,jo,ka,lin,mo,nor,o,pel,qui,ri,sa,ta,ul,va,wen,xi,ya,zo'.split(',');

/** A word of its own, as titles have: new listings bring new words. */
const collectionName = (rng: Rng): string =>
  Array.from({ length: 4 }, () => SYLLABLES[rng.below(SYLLABLES.length)]).join('');

const countryOf = (n: number): string => COUNTRIES[n % COUNTRIES.length].code;

/** A buyer has a few categories of choice, fixed by who it is. */
const favouriteOf = (buyer: number, rng: Rng): number => (buyer * 7 + 11 * rng.below(FAVOURITES)) % CATEGORIES.length;
