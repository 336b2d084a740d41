/**
 * A marketplace to measure on: listings in categories with worded titles, shops, campaigns, reviews, and buyers with a past
 * of views and orders whose listings follow a power law. The same options give the same marketplace.
 */
import type { BuyerEvent, Campaign, DecideRequest, Listing, Review } from '@rialto/sdk';
import { Rng } from '../src/base/rng.ts';
import type { Engine } from '../src/delivery/engine.ts';

export interface FixtureOptions {
  readonly listings: number;
  readonly buyers: number;
  /** Events of each buyer, on average. */
  readonly eventsPerBuyer: number;
  readonly campaigns: number;
  readonly seed: number;
}

const NOUNS =
  'mug lamp scarf clock print poster frame bowl plate cup box holder candle necklace ring cushion blanket basket vase planter'.split(
    ' ',
  );
const LOOKS =
  'red blue green white black vintage rustic floral striped minimal handmade ceramic wooden linen wool brass silver oak marble velvet'.split(
    ' ',
  );
const SMALL = 'small large mini set pair personalised kids office garden kitchen'.split(' ');
const CATEGORIES = 100;
const SHOPS_PER_LISTING = 1 / 50;
const BATCH = 2000;
const SKEW = 2.2;

export class MarketFixture {
  readonly options: FixtureOptions;
  readonly #rng: Rng;

  constructor(options: FixtureOptions) {
    this.options = options;
    this.#rng = new Rng(options.seed);
  }

  async load(
    engine: Engine,
    now: number,
    onProgress: (what: string, done: number, all: number) => void = () => {},
  ): Promise<void> {
    const { listings, campaigns, buyers, eventsPerBuyer } = this.options;
    for (let first = 0; first < listings; first += BATCH) {
      await engine.save(
        'listing',
        Array.from({ length: Math.min(BATCH, listings - first) }, (_, i) => this.#listing(first + i)),
        'bench',
      );
      onProgress('listings', first, listings);
    }
    await engine.save(
      'campaign',
      Array.from({ length: campaigns }, (_, i) => this.#campaign(i)),
      'bench',
    );
    await engine.save(
      'review',
      Array.from({ length: Math.min(listings, 10_000) }, (_, i) => this.#review(i)),
      'bench',
    );
    const all = buyers * eventsPerBuyer;
    for (let first = 0; first < all; first += BATCH) {
      await engine.ingest(this.events(first, Math.min(BATCH, all - first), now));
      onProgress('events', first, all);
    }
  }

  #pick<T>(from: readonly T[]): T {
    return from[this.#rng.below(from.length)]!;
  }

  #listing(i: number): Listing {
    const noun = this.#pick(NOUNS);
    return {
      id: `l${i}`,
      title: `${this.#pick(LOOKS)} ${this.#pick(LOOKS)} ${noun} ${this.#pick(SMALL)} ${i % 5000}`,
      priceMicros: 10_000 * (100 + this.#rng.below(9900)),
      category: `Department ${i % 20} > Category ${i % CATEGORIES}`,
      shop: `s${Math.floor(i % Math.max(1, this.options.listings * SHOPS_PER_LISTING))}`,
      tags: [noun, this.#pick(LOOKS)],
    };
  }

  #campaign(i: number): Campaign {
    const shops = Math.max(1, Math.floor(this.options.listings * SHOPS_PER_LISTING));
    const shop = this.#rng.below(shops);
    const listings = [0, 1, 2, 3].map((k) => shop + k * shops).filter((row) => row < this.options.listings);
    return {
      id: `c${i}`,
      shop: `s${shop}`,
      listings: listings.map((row) => `l${row}`),
      bidMicros: 10_000 * (5 + this.#rng.below(100)),
      dailyBudgetMicros: 1_000_000_000,
    };
  }

  #review(i: number): Review {
    return { id: `r${i}`, listing: `l${this.#popular()}`, rating: 1 + this.#rng.below(5), text: 'as described' };
  }

  /** A listing's number: low ones are popular. */
  #popular(): number {
    return Math.floor(this.options.listings * this.#rng.unit() ** SKEW);
  }

  /** Impressions 45 %, views 30 %, clicks 8 %, carts 5 %, order lines 12 %, within the five days before `now`. */
  events(first: number, count: number, now: number): BuyerEvent[] {
    const events: BuyerEvent[] = [];
    const start = now - 5 * 86_400_000;
    for (let i = first; i < first + count; i++) {
      const base = { id: `e${i}`, buyer: this.buyer(), at: start + i, listing: `l${this.#popular()}` };
      const draw = this.#rng.unit();
      if (draw < 0.45) events.push({ ...base, type: 'impression' });
      else if (draw < 0.75) events.push({ ...base, type: 'view' });
      else if (draw < 0.83) events.push({ ...base, type: 'click' });
      else if (draw < 0.88) events.push({ ...base, type: 'cart-add' });
      else
        events.push({ ...base, type: 'purchase', order: `o${Math.floor(i / 3)}`, quantity: 1, priceMicros: 9_990_000 });
    }
    return events;
  }

  buyer(): string {
    return `b${this.#rng.below(this.options.buyers)}`;
  }

  /** Home 60 %, listing page 20 %, category 10 %, search 10 %. */
  request(): DecideRequest {
    const buyer = this.buyer();
    const draw = this.#rng.unit();
    if (draw < 0.6) return { buyer, placements: ['home'] };
    if (draw < 0.8) return { buyer, placements: ['listing'], context: { listing: `l${this.#popular()}` } };
    const category = this.#rng.below(CATEGORIES);
    if (draw < 0.9)
      return {
        buyer,
        placements: ['category'],
        context: { category: `Department ${category % 20} > Category ${category}` },
      };
    return { buyer, placements: ['search'], context: { query: `${this.#pick(LOOKS)} ${this.#pick(NOUNS)}` } };
  }
}
