/**
 * One visit of a simulated buyer, a page at a time:
 *
 *     entry (home, search, category, or a listing found elsewhere)
 *       → the listings that were clicked, one after the other
 *       → another page of choice, while patience lasts
 *       → the cart → an order, or nothing
 *
 * A visit draws from its own stream of chance, so that what one buyer does never moves what another does.
 */
import type { BuyerEvent, DecideContext, DecidedItem, DecideRequest, DecideResponse, EventType } from '@rialto/sdk';
import type { Rng } from '../base/rng.ts';
import { MILLIS_PER_DAY } from '../base/units.ts';
import { CATEGORIES } from './categories.ts';
import { pick } from './listing-title.ts';
import { lookAt, type SeenPage } from './page.ts';
import { cartProbability, clickProbability, type Encounter } from './truth.ts';
import { COUNTRIES, wordIn } from './vocabulary.ts';
import type { World } from './world.ts';

const PAGES_MAX = 40;
const NEED_SHARE = 0.65;
/** What buyers hold in their hands: each always the same. */
const DEVICES = ['mobile', 'desktop', 'mobile', 'app', 'tablet'] as const;
const ORDER_PROBABILITY = 0.6;
const ABANDON_TAKES_OUT = 0.3;
const FAVOURITE_PROBABILITY = 0.04;
const HIDE_PROBABILITY = 0.0005;
const SECOND_PIECE_PROBABILITY = 0.15;
const DWELL_MS_MIN = 4_000;
const DWELL_MS_MEAN = 20_000;

/** What a buyer owns: when each listing was bought last, by its row in the world. */
export type Belongings = Map<number, number>;

export interface VisitInput {
  readonly id: string;
  readonly world: World;
  /** In `world.buyers`. */
  readonly buyer: number;
  readonly belongings: Belongings;
  readonly rng: Rng;
  readonly at: number;
}

export interface VisitStep {
  readonly events: readonly BuyerEvent[];
  readonly page: SeenPage;
  /** When the next page is opened; undefined where the visit is over. */
  readonly nextAt: number | undefined;
  readonly order?: PlacedOrder;
}

export interface PlacedOrder {
  readonly id: string;
  readonly lines: readonly BuyerEvent[];
  readonly valueMicros: number;
  readonly returns: readonly { readonly at: number; readonly event: BuyerEvent }[];
}

type PageKind = 'home' | 'search' | 'category' | 'listing' | 'cart';

export class Visit {
  readonly #input: VisitInput;
  readonly #need: number | undefined;
  /** Clicked and not opened yet. */
  readonly #toOpen: number[] = [];
  readonly #cart = new Set<number>();
  #pages = 0;
  #events = 0;
  #over = false;
  #next: PageKind;
  /** The listing whose page is next was found outside: nobody has clicked it here. */
  #landing = false;

  constructor(input: VisitInput) {
    this.#input = input;
    this.#need = this.#drawNeed();
    this.#next = this.#drawEntry();
  }

  get need(): number | undefined {
    return this.#need;
  }

  #drawNeed(): number | undefined {
    const { world, belongings, rng, at } = this.#input;
    const { loyalty, favourites } = world.buyers[this.#input.buyer];
    for (const [listing, boughtAt] of belongings) {
      const { category } = world.listings[listing];
      const { usedUpDays } = CATEGORIES[category];
      if (usedUpDays > 0 && at - boughtAt >= usedUpDays * MILLIS_PER_DAY && rng.unit() < loyalty) return category;
    }
    if (rng.unit() >= NEED_SHARE) return undefined;
    // Each further favourite half as often as the one before.
    let rank = 0;
    while (rank < favourites.length - 1 && rng.unit() < 0.5) rank++;
    return favourites[rank];
  }

  #drawEntry(): PageKind {
    const { world, rng } = this.#input;
    const listings = world.ofCategory[this.#need ?? world.buyers[this.#input.buyer].favourites[0]];
    if (rng.unit() < 0.15 && listings.length > 0) {
      this.#toOpen.push(listings[rng.below(listings.length)]);
      this.#landing = true;
      return 'listing';
    }
    return this.#choicePage();
  }

  #choicePage(): PageKind {
    if (this.#need === undefined) return 'home';
    const draw = this.#input.rng.unit();
    return draw < 0.3 ? 'home' : draw < 0.7 ? 'search' : 'category';
  }

  /** Opens the next page and does there what the buyer does. `at` is now; nothing is asked of the clock. */
  step(at: number, decide: (request: DecideRequest) => DecideResponse): VisitStep {
    const kind = this.#next;
    const { buyer, rng } = this.#input;
    const listing = kind === 'listing' ? this.#toOpen.shift() : undefined;
    const context = this.#context(kind, listing);
    const events: BuyerEvent[] = [];
    if (context.query !== undefined) events.push(this.#event('search', { query: context.query }));
    const { decisionId, placements } = decide({ ...this.#who(), placements: [kind], context });
    const page: SeenPage = {
      at,
      decisionId,
      buyer,
      placement: kind,
      need: this.#need,
      items: lookAt(placements[0].items, rng, (item) => this.#merit(item, at)),
    };
    this.#pages++;
    if (listing !== undefined) this.#onListing(listing, at, events);
    this.#onItems(page, kind, events);
    const order = kind === 'cart' ? this.#checkOut(at, events) : undefined;
    const next = this.#over ? undefined : this.#nextPage();
    if (next !== undefined) this.#next = next;
    const nextAt = next === undefined ? undefined : at + DWELL_MS_MIN + Math.floor(DWELL_MS_MEAN * rng.exponential());
    return { events, page, nextAt, ...(order && { order }) };
  }

  #nextPage(): PageKind | undefined {
    if (this.#pages >= PAGES_MAX) return undefined;
    if (this.#toOpen.length > 0) return 'listing';
    if (this.#input.rng.unit() < this.#input.world.buyers[this.#input.buyer].patience) return this.#choicePage();
    return this.#cart.size > 0 ? 'cart' : undefined;
  }

  #context(kind: PageKind, listing: number | undefined): DecideContext {
    const { world, rng } = this.#input;
    const { country, language } = world.buyers[this.#input.buyer];
    const device = DEVICES[this.#input.buyer % DEVICES.length];
    const common = { country: COUNTRIES[country].code, language, device };
    if (listing !== undefined) return { ...common, listing: world.listings[listing].entity.id };
    if (kind === 'cart') return { ...common, cart: [...this.#cart].map((row) => world.listings[row].entity.id) };
    if (this.#need === undefined) return common;
    const { path, nouns } = CATEGORIES[this.#need];
    if (kind === 'category') return { ...common, category: path };
    return kind === 'search' ? { ...common, query: wordIn(pick(nouns, rng), language) } : common;
  }

  #who(): { readonly buyer?: string; readonly session: string } {
    const { id, signedIn } = this.#input.world.buyers[this.#input.buyer];
    const session = `device-${this.#input.buyer}`;
    return signedIn ? { buyer: id, session } : { session };
  }

  #event(type: EventType, fields: Partial<BuyerEvent>): BuyerEvent {
    return { id: `${this.#input.id}-${this.#events++}`, type, ...this.#who(), ...fields };
  }

  #encounter(listing: number, at: number, ad: boolean): Encounter {
    const { world, buyer, belongings } = this.#input;
    const boughtAt = belongings.get(listing);
    return { buyer: world.buyers[buyer], listing: world.listings[listing], need: this.#need, boughtAt, at, ad };
  }

  #merit(item: DecidedItem, at: number): { listing: number; clickProbability: number } {
    const listing = this.#input.world.listingIndex.get(item.id);
    // Somebody else may have saved listings into the same marketplace: nobody here knows what to make of them.
    if (listing === undefined) return { listing: -1, clickProbability: 0 };
    return { listing, clickProbability: clickProbability(this.#encounter(listing, at, item.kind === 'ad')) };
  }

  #onListing(listing: number, at: number, events: BuyerEvent[]): void {
    const { world, rng } = this.#input;
    const { id } = world.listings[listing].entity;
    if (this.#landing) events.push(this.#event('view', { listing: id }));
    this.#landing = false;
    if (rng.unit() < FAVOURITE_PROBABILITY) events.push(this.#event('favourite', { listing: id }));
    if (rng.unit() < cartProbability(this.#encounter(listing, at, false))) this.#put(listing, events);
  }

  #put(listing: number, events: BuyerEvent[]): void {
    if (this.#cart.has(listing)) return;
    this.#cart.add(listing);
    events.push(this.#event('cart-add', { listing: this.#input.world.listings[listing].entity.id }));
  }

  #onItems({ items, placement, at }: SeenPage, kind: PageKind, events: BuyerEvent[]): void {
    const { rng, world, buyer } = this.#input;
    const country = COUNTRIES[world.buyers[buyer].country].code;
    for (const { item, onScreen } of items) {
      if (onScreen) events.push(this.#event('impression', { listing: item.id, token: item.token, placement }));
    }
    for (const { item, listing, onScreen, clicked } of items) {
      if (onScreen && !clicked && rng.unit() < HIDE_PROBABILITY) events.push(this.#event('hide', { listing: item.id }));
      if (!clicked) continue;
      events.push(this.#event('click', { listing: item.id, token: item.token, placement, country }));
      // Beside the cart, what is liked goes straight in.
      if (kind !== 'cart') this.#toOpen.push(listing);
      else if (rng.unit() < cartProbability(this.#encounter(listing, at, false))) this.#put(listing, events);
    }
  }

  #checkOut(at: number, events: BuyerEvent[]): PlacedOrder | undefined {
    const { rng, world, belongings, id } = this.#input;
    this.#over = true;
    if (rng.unit() >= ORDER_PROBABILITY) {
      for (const row of this.#cart) {
        if (rng.unit() < ABANDON_TAKES_OUT)
          events.push(this.#event('cart-remove', { listing: world.listings[row].entity.id }));
      }
      return undefined;
    }
    const order = `order-${id}`;
    const returns: PlacedOrder['returns'][number][] = [];
    const lines = [...this.#cart].map((row) => {
      const { entity, category } = world.listings[row];
      const quantity = rng.unit() < SECOND_PIECE_PROBABILITY ? 2 : 1;
      const bought = { listing: entity.id, order, quantity, priceMicros: entity.priceMicros };
      const line = this.#event('purchase', {
        ...bought,
        country: COUNTRIES[world.buyers[this.#input.buyer].country].code,
      });
      belongings.set(row, at);
      if (rng.unit() < CATEGORIES[category].returnRate) {
        returns.push({
          at: at + Math.floor((4 + 14 * rng.unit()) * MILLIS_PER_DAY),
          event: this.#event('return', bought),
        });
      }
      return line;
    });
    events.push(...lines);
    const valueMicros = lines.reduce((sum, { quantity = 1, priceMicros = 0 }) => sum + quantity * priceMicros, 0);
    return { id: order, lines, valueMicros, returns };
  }
}
