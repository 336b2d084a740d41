/**
 * Which things a candidate and a request are about, as categories for models that keep weights for single values: the listing, its
 * category and shop, and where the buyer comes from and looked at last. A value is the hash of its name, so that it means the same in
 * training, where rows are numbered otherwise, as in serving; 0 is "none". The same code fills both.
 */
import type { Interner } from '../base/interner.ts';
import { categoryOf } from '../learning/examples.ts';
import type { Market } from '../market/market.ts';
import { deviceOf } from './ad-page.ts';
import { CANDIDATES_MAX } from './candidates.ts';
import type { FeatureInput } from './feature.ts';
import type { Moment } from './moment.ts';

export interface Identity {
  readonly name: string;
  /** For people: what it is. */
  readonly words: string;
}

export const CANDIDATE_IDENTITIES: readonly Identity[] = [
  { name: 'listing', words: 'this very listing' },
  { name: 'category', words: 'its category' },
  { name: 'shop', words: 'its shop' },
];

export const REQUEST_IDENTITIES: readonly Identity[] = [
  { name: 'country', words: "the buyer's country" },
  { name: 'page-category', words: 'the category of the page' },
  { name: 'last-listing', words: 'what the buyer turned to last' },
  { name: 'last-category', words: 'the category that the buyer turned to last' },
  { name: 'category-before', words: 'the category that the buyer turned to before' },
];

/** Of a page that asks for something: known where something was shown, so not to rankers that learn from orders. */
export const PAGE_IDENTITIES: readonly Identity[] = [
  { name: 'placement', words: 'where on the site it is' },
  { name: 'device', words: "the buyer's device" },
];

/** By PAGE_IDENTITIES. */
export const pageValues = (placement: string, device: Moment['device']): readonly [number, number] => [
  categoryOf(placement),
  device === undefined ? 0 : categoryOf(deviceOf({ device })),
];

/** How far back the buyer's last categories are looked for. */
const LOOK_BACK = 16;
const UNSET = -1;

/** What a value becomes: itself, or 0 where a model does not know it. */
export type KnownValue = (identity: string, value: number) => number;

const everyValue: KnownValue = (_, value) => value;

/** Values by row of the market's tables, kept: names do not change. */
class ValuesByRow {
  #values = new Int32Array(0);

  of(names: Interner, row: number, identity: string, known: KnownValue): number {
    if (row < 0) return 0;
    if (row >= this.#values.length) {
      const grown = new Int32Array(Math.max(row + 1, Math.ceil(1.5 * names.size))).fill(UNSET);
      grown.set(this.#values);
      this.#values = grown;
    }
    const kept = this.#values[row]!;
    if (kept !== UNSET) return kept;
    const value = known(identity, categoryOf(names.text(row)));
    // The one value that means "not made yet" has another's place.
    this.#values[row] = value === UNSET ? UNSET - 1 : value;
    return this.#values[row]!;
  }
}

export class Identities {
  /** By CANDIDATE_IDENTITIES. [identities][candidates] */
  readonly candidates = CANDIDATE_IDENTITIES.map(() => new Int32Array(CANDIDATES_MAX));
  /** By REQUEST_IDENTITIES. [identities][1] */
  readonly request = REQUEST_IDENTITIES.map(() => new Int32Array(1));
  readonly #known: KnownValue;
  #market: Market | undefined;
  #candidateValues: readonly ValuesByRow[] = [];
  #requestValues: readonly ValuesByRow[] = [];

  constructor(known: KnownValue = everyValue) {
    this.#known = known;
  }

  fill(input: FeatureInput): void {
    const { market, candidates } = input;
    if (this.#market !== market) {
      this.#market = market;
      this.#candidateValues = CANDIDATE_IDENTITIES.map(() => new ValuesByRow());
      this.#requestValues = REQUEST_IDENTITIES.map(() => new ValuesByRow());
    }
    const { listings } = market;
    const { listing, size } = candidates;
    this.#fillColumn(0, listings.ids, listing, undefined, size);
    this.#fillColumn(1, listings.categories, listing, listings.category.data, size);
    this.#fillColumn(2, listings.shopIds, listing, listings.shop.data, size);
    this.#fillRequest(input);
  }

  /** rowOf: [listings], the row of the table of `names`; the listing's own where absent. */
  #fillColumn(
    identity: number,
    names: Interner,
    listing: Int32Array,
    rowOf: Int32Array | undefined,
    size: number,
  ): void {
    const values = this.#candidateValues[identity]!;
    const column = this.candidates[identity]!;
    const { name } = CANDIDATE_IDENTITIES[identity]!;
    for (let i = 0; i < size; i++) {
      const row = rowOf === undefined ? listing[i]! : rowOf[listing[i]!]!;
      column[i] = values.of(names, row, name, this.#known);
    }
  }

  #fillRequest({ moment, market: { listings, buyers, interactions } }: FeatureInput): void {
    let last = -1;
    let category = -1;
    let before = -1;
    let row = interactions.first(moment.buyer);
    for (let i = 0; i < LOOK_BACK && row >= 0 && before < 0; i++, row = interactions.next.data[row]!) {
      if (interactions.hidden.data[row] === 1) continue;
      const listing = interactions.listing.data[row]!;
      const its = listings.category.data[listing]!;
      if (last < 0) last = listing;
      if (category < 0) category = its;
      else if (its !== category) before = its;
    }
    this.#setRequest(0, buyers.countries, moment.country);
    this.#setRequest(1, listings.categories, moment.category);
    this.#setRequest(2, listings.ids, last);
    this.#setRequest(3, listings.categories, category);
    this.#setRequest(4, listings.categories, before);
  }

  #setRequest(identity: number, names: Interner, row: number): void {
    const { name } = REQUEST_IDENTITIES[identity]!;
    this.request[identity]![0] = this.#requestValues[identity]!.of(names, row, name, this.#known);
  }
}
