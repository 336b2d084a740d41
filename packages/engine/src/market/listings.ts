/**
 * The catalogue in columns: one row a listing, in order of first appearance. Documents (titles, descriptions, links) are
 * bytes in a pool and are only read to answer somebody; what decisions need is in typed arrays.
 *
 * Whatever a rule can ask about is a *facet*: an interned attribute and value. A listing's facets lie side by side in one pool.
 */
import type { Availability, Listing } from '@rialto/sdk';
import { BitSet } from '../base/bit-set.ts';
import { BytePool } from '../base/byte-pool.ts';
import { float64Column, int32Column } from '../base/column.ts';
import { Interner } from '../base/interner.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { ListingNumbers, numericFacets } from './listing-numbers.ts';
import { Shipping } from './shipping.ts';

const SHOWN: ReadonlySet<Availability> = new Set(['in-stock', 'preorder', 'backorder']);
const CATEGORY_SEPARATOR = ' > ';

/** A category and all that it lies under: `A > B` gives `A`, `A > B`. */
export function categoryPath(category: string): string[] {
  const steps = category.split(CATEGORY_SEPARATOR);
  return steps.map((_, i) => steps.slice(0, i + 1).join(CATEGORY_SEPARATOR));
}

/** What a rule calls these is the listing's own field, whatever a seller puts into `attributes`. */
const OWN_FIELDS: ReadonlySet<string> = new Set(['id', 'category', 'shop', 'brand', 'tag']);

/** The facet's name in `Listings.facets`. Attribute names hold no control characters, so no two facets share one. */
export const facetName = (attribute: string, value: string): string => `${attribute}\u0000${value}`;

export class Listings implements Part {
  readonly ids = new Interner('listings.ids');
  readonly facets = new Interner('listings.facets');
  readonly categories = new Interner('listings.categories');
  /** Shops by id; a listing may name a shop before the shop is saved. */
  readonly shopIds = new Interner('listings.shop-ids');
  readonly shipping = new Shipping();
  /** When the first listing of the shop was saved. [shops] */
  readonly shopSince = float64Column(-1);

  // Columns, all [listings].
  readonly priceMicros = float64Column();
  readonly shop = int32Column(-1);
  readonly category = int32Column(-1);
  /** Those that may be shown. */
  readonly available = new BitSet();
  /** When it was saved first. */
  readonly savedAt = float64Column();
  /** The listings of a category in a list, the latest put there first; -1 ends it. */
  readonly nextInCategory = int32Column(-1);
  readonly #previousInCategory = int32Column(-1);
  readonly #firstInCategory = int32Column(-1); // [categories]
  /** Categories with listings by what they lie under, themselves included. Made again on load. */
  readonly #under: number[][] = [];
  /** Categories in the order of their first listing. */
  readonly #categoryOrder = int32Column();
  readonly #facetStart = int32Column();
  readonly #facetCount = int32Column();
  /** Cells of the pool from `#facetStart` on that are the listing's: as many as it ever had facets. */
  readonly #facetRoom = int32Column();
  readonly #facetPool = int32Column();
  readonly #documents = new BytePool();
  /** What a listing's category and shop are as facets, made when they are first asked for. [categories], [shops] */
  #categoryFacets: (readonly number[])[] = [];
  #shopFacets: number[] = [];
  /** Facets of the listing that is being saved. */
  readonly #saved: number[] = [];
  /** Numeric attributes that a ranker has asked for. */
  readonly #numbers = new ListingNumbers();

  get size(): number {
    return this.ids.size;
  }

  /** Creates or replaces; returns the row. */
  put(listing: Listing, at: number): number {
    const row = this.ids.intern(listing.id);
    const isNew = row === this.priceMicros.length;
    if (isNew) this.#addRow(row, at);
    this.priceMicros.data[row] = listing.priceMicros;
    this.shop.data[row] = listing.shop === undefined ? -1 : this.#shopOf(listing.shop, at);
    this.#setCategory(row, listing.category === undefined ? -1 : this.#internCategory(listing.category));
    this.available.set(row, SHOWN.has(listing.availability ?? 'in-stock'));
    this.shipping.put(row, listing.shipsTo);
    this.#putFacets(row, this.#facetsOf(row, listing));
    this.#documents.set(row, listing);
    if (this.#numbers.asked) this.#numbers.put(row, listing.attributes);
    return row;
  }

  #addRow(row: number, at: number): void {
    for (const column of [
      this.priceMicros,
      this.shop,
      this.category,
      this.savedAt,
      this.nextInCategory,
      this.#previousInCategory,
      this.#facetStart,
      this.#facetCount,
      this.#facetRoom,
    ])
      column.resize(row + 1);
    this.savedAt.data[row] = at;
  }

  /** Campaigns, too, make shops known. */
  #shopOf(id: string, at: number): number {
    const shop = this.shopIds.intern(id);
    this.shopSince.resize(shop + 1);
    if (this.shopSince.data[shop]! < 0) this.shopSince.data[shop] = at;
    return shop;
  }

  /** A category and all that it lies under become known together. */
  #internCategory(category: string): number {
    const known = this.categories.find(category);
    if (known >= 0 && this.#under[known]?.includes(known)) return known;
    for (const path of categoryPath(category)) this.categories.intern(path);
    const row = this.categories.find(category);
    this.#categoryOrder.push(row);
    this.#linkCategory(row);
    return row;
  }

  #linkCategory(row: number): void {
    for (const path of categoryPath(this.categories.text(row))) {
      const above = this.categories.find(path);
      this.#under[above] ??= [];
      this.#under[above].push(row);
    }
  }

  /** The category and those below it that hold listings, in order of first appearance. */
  under(category: number): readonly number[] {
    return this.#under[category] ?? [];
  }

  #setCategory(row: number, category: number): void {
    const before = this.category.data[row]!;
    if (before === category) return;
    this.category.data[row] = category;
    if (before >= 0) this.#leaveCategory(row, before);
    if (category < 0) return;
    this.#firstInCategory.resize(category + 1);
    const first = this.#firstInCategory.data[category]!;
    this.nextInCategory.data[row] = first;
    this.#previousInCategory.data[row] = -1;
    if (first >= 0) this.#previousInCategory.data[first] = row;
    this.#firstInCategory.data[category] = row;
  }

  #leaveCategory(row: number, category: number): void {
    const next = this.nextInCategory.data[row]!;
    const previous = this.#previousInCategory.data[row]!;
    if (next >= 0) this.#previousInCategory.data[next] = previous;
    if (previous >= 0) this.nextInCategory.data[previous] = next;
    else this.#firstInCategory.data[category] = next;
    this.nextInCategory.data[row] = -1;
  }

  /** The listing put last into the category, or -1; go on with `nextInCategory`. */
  firstInCategory(category: number): number {
    return category >= 0 && category < this.#firstInCategory.length ? this.#firstInCategory.data[category]! : -1;
  }

  #facetsOf(row: number, { category, brand, tags, attributes }: Listing): readonly number[] {
    const facets = this.#saved;
    facets.length = 0;
    if (category) for (const facet of this.#facetsOfCategory(this.category.data[row]!, category)) facets.push(facet);
    if (this.shop.data[row]! >= 0) facets.push(this.#facetOfShop(this.shop.data[row]!));
    if (brand !== undefined) facets.push(this.facets.intern(facetName('brand', brand)));
    if (tags !== undefined) for (const tag of tags) facets.push(this.facets.intern(facetName('tag', tag)));
    for (const name in attributes)
      if (!OWN_FIELDS.has(name)) facets.push(this.facets.intern(facetName(name, attributes[name]!)));
    return facets;
  }

  #facetsOfCategory(row: number, category: string): readonly number[] {
    this.#categoryFacets[row] ??= categoryPath(category).map((path) => this.facets.intern(facetName('category', path)));
    return this.#categoryFacets[row];
  }

  #facetOfShop(row: number): number {
    this.#shopFacets[row] ??= this.facets.intern(facetName('shop', this.shopIds.text(row)));
    return this.#shopFacets[row];
  }

  #putFacets(row: number, facets: readonly number[]): void {
    if (facets.length > this.#facetRoom.data[row]!) {
      this.#facetStart.data[row] = this.#facetPool.extend(facets.length);
      this.#facetRoom.data[row] = facets.length;
    }
    const start = this.#facetStart.data[row]!;
    for (let i = 0; i < facets.length; i++) this.#facetPool.data[start + i] = facets[i]!;
    this.#facetCount.data[row] = facets.length;
  }

  /** Whether any of the listing's facets is marked. `marks` is [facets], 1 = marked. */
  hasFacet(row: number, marks: Uint8Array): boolean {
    const start = this.#facetStart.data[row]!;
    const end = start + this.#facetCount.data[row]!;
    const pool = this.#facetPool.data;
    for (let i = start; i < end; i++) if (marks[pool[i]!] === 1) return true;
    return false;
  }

  /** Attributes that some listing has had a number for. */
  numericAttributes(): string[] {
    return numericFacets(this.facets).filter((name) => !OWN_FIELDS.has(name));
  }

  /** Of a numeric attribute, NaN where a listing has none. Kept from the first time on that it is asked for. [listings] */
  numbersOf(attribute: string): Float64Array {
    return this.#numbers.of(attribute, this.facets, this.size, (row) =>
      this.#facetPool.data.subarray(
        this.#facetStart.data[row]!,
        this.#facetStart.data[row]! + this.#facetCount.data[row]!,
      ),
    );
  }

  has(row: number): boolean {
    return this.#documents.has(row);
  }

  document(row: number): Listing {
    return this.#documents.get<Listing>(row);
  }

  save(out: SnapshotWriter): void {
    for (const part of [this.ids, this.facets, this.categories, this.shopIds, this.shipping]) part.save(out);
    for (const [name, column] of this.#columns()) column.save(out, name);
    this.#documents.save(out, 'listings.documents');
  }

  load(from: SnapshotReader): void {
    for (const part of [this.ids, this.facets, this.categories, this.shopIds, this.shipping]) part.load(from);
    for (const [name, column] of this.#columns()) column.load(from, name);
    for (const row of this.#categoryOrder.view()) this.#linkCategory(row);
    this.#documents.load(from, 'listings.documents');
    this.#numbers.clear();
    this.#categoryFacets = [];
    this.#shopFacets = [];
  }

  #columns() {
    return [
      ['listings.price', this.priceMicros],
      ['listings.shop', this.shop],
      ['listings.category', this.category],
      ['listings.shop-since', this.shopSince],
      ['listings.available', this.available],
      ['listings.saved-at', this.savedAt],
      ['listings.next-in-category', this.nextInCategory],
      ['listings.previous-in-category', this.#previousInCategory],
      ['listings.first-in-category', this.#firstInCategory],
      ['listings.category-order', this.#categoryOrder],
      ['listings.facet-start', this.#facetStart],
      ['listings.facet-count', this.#facetCount],
      ['listings.facet-room', this.#facetRoom],
      ['listings.facet-pool', this.#facetPool],
    ] as const;
  }
}
