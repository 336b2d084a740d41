import type { Availability, Listing } from '@rialto/sdk';
import { describe, expect, it } from 'vitest';
import { fingerprint, readerOf, sectionsOf } from '../base/snapshot.fixture.ts';
import { facetName, Listings } from './listings.ts';

const listing = (id: string, rest: Partial<Listing> = {}): Listing => ({
  id,
  title: id,
  priceMicros: 1_000_000,
  ...rest,
});

/** Whether a rule that asks for this attribute and value would find the listing. */
function has(listings: Listings, id: string, attribute: string, value: string): boolean {
  const marks = new Uint8Array(listings.facets.size);
  const facet = listings.facets.find(facetName(attribute, value));
  if (facet >= 0) marks[facet] = 1;
  return listings.hasFacet(listings.ids.find(id), marks);
}

function reloaded(listings: Listings): Listings {
  const loaded = new Listings();
  loaded.load(readerOf((out) => listings.save(out)));
  return loaded;
}

describe('Listings', () => {
  it('gives back documents whole and numbers rows in order of first appearance', () => {
    const listings = new Listings();
    const full = listing('a', {
      title: 'Grüße 東京',
      description: 'long',
      category: 'A > B',
      tags: ['x'],
      attributes: { size: 'M' },
      url: '/a',
    });
    expect([listings.put(full, 5), listings.put(listing('b'), 6), listings.put(full, 7)]).toEqual([0, 1, 0]);
    expect(listings.document(0)).toEqual(full);
    expect(listings.size).toBe(2);
    expect(listings.savedAt.data[0]).toBe(5);
    expect([listings.has(0), listings.has(2)]).toEqual([true, false]);
  });

  it('finds a category and all that it lies under, and nothing that merely begins alike', () => {
    const listings = new Listings();
    listings.put(listing('cup', { category: 'Home > Kitchen > Cups' }), 1);
    listings.put(listing('desk', { category: 'Home Office' }), 1);
    for (const path of ['Home', 'Home > Kitchen', 'Home > Kitchen > Cups'])
      expect(has(listings, 'cup', 'category', path)).toBe(true);
    expect(has(listings, 'cup', 'category', 'Kitchen')).toBe(false);
    expect(has(listings, 'desk', 'category', 'Home')).toBe(false);
    expect(listings.categories.text(listings.category.data[0]!)).toBe('Home > Kitchen > Cups');
  });

  it('forgets the facets that an update no longer has', () => {
    const listings = new Listings();
    listings.put(listing('a', { shop: 's1', brand: 'Old', tags: ['sale', 'new'], category: 'A > B' }), 1);
    listings.put(listing('b', { shop: 's1', tags: ['sale'] }), 1);
    listings.put(listing('a', { brand: 'New' }), 2);
    const found = (id: string) =>
      (
        [
          ['shop', 's1'],
          ['brand', 'Old'],
          ['brand', 'New'],
          ['tag', 'sale'],
          ['category', 'A'],
        ] as const
      ).map(([attribute, value]) => has(listings, id, attribute, value));
    expect(found('a')).toEqual([false, false, true, false, false]);
    expect(found('b')).toEqual([true, false, false, true, false]);
    expect([listings.shop.data[0], listings.category.data[0]]).toEqual([-1, -1]);
    listings.put(listing('a', { tags: ['sale', 'x', 'y', 'z'] }), 3);
    expect(found('a')).toEqual([false, false, false, true, false]);
    expect(found('b')).toEqual([true, false, false, true, false]);
  });

  it('does not grow with every update that adds a facet and takes it away again', () => {
    const listings = new Listings();
    const pool = () => sectionsOf((out) => listings.save(out)).find(({ name }) => name === 'listings.facet-pool')!;
    for (let i = 0; i < 100; i++) listings.put(listing('a', { tags: i % 2 === 0 ? ['x', 'y'] : ['x'] }), i);
    expect(pool().bytes.length).toBe(2 * 4);
  });

  it('does not take an attribute for the field of the same name, nor one pair for another', () => {
    const listings = new Listings();
    listings.put(listing('a', { shop: 'mine', attributes: { shop: 'famous', tag: 'sale', 'a=b': 'c' } }), 1);
    expect(has(listings, 'a', 'shop', 'mine')).toBe(true);
    expect(has(listings, 'a', 'shop', 'famous')).toBe(false);
    expect(has(listings, 'a', 'tag', 'sale')).toBe(false);
    expect(has(listings, 'a', 'a=b', 'c')).toBe(true);
    expect(has(listings, 'a', 'a', 'b=c')).toBe(false);
  });

  it.each<[Availability | undefined, boolean]>([
    [undefined, true],
    ['in-stock', true],
    ['preorder', true],
    ['backorder', true],
    ['out-of-stock', false],
    ['removed', false],
  ])('may show a listing that is %s: %s', (availability, shown) => {
    const listings = new Listings();
    listings.put(listing('a', availability && { availability }), 1);
    expect(listings.available.has(0)).toBe(shown);
    listings.put(listing('a'), 2);
    expect(listings.available.has(0)).toBe(true);
  });

  it('is the same after being saved and loaded, and goes on the same', () => {
    const listings = new Listings();
    for (let i = 0; i < 50; i++)
      listings.put(listing(`l${i % 20}`, { shop: `s${i % 3}`, tags: [`t${i % 7}`].slice(i % 2) }), i);
    const loaded = reloaded(listings);
    for (const each of [listings, loaded]) each.put(listing('l3', { tags: ['p', 'q', 'r'], category: 'C' }), 99);
    expect(fingerprint((out) => loaded.save(out))).toEqual(fingerprint((out) => listings.save(out)));
    expect(has(loaded, 'l3', 'tag', 'q')).toBe(true);
    expect(loaded.document(3)).toEqual(listings.document(3));
  });
});

describe('where it ships', () => {
  it('is everywhere unless it is said, and nowhere of an empty list', () => {
    const listings = new Listings();
    const put = (id: string, shipsTo?: readonly string[]) =>
      listings.put({ id, title: id, priceMicros: 1, ...(shipsTo && { shipsTo }) }, 0);
    put('all');
    expect(listings.shipping.to('DE')).toBeUndefined();
    put('some', ['FR', 'DE']);
    put('same', ['DE', 'FR', 'DE']);
    put('none', []);
    const reached = (country: string) =>
      [0, 1, 2, 3].map((row) => listings.shipping.reaches(row, listings.shipping.to(country)));
    expect(reached('DE')).toEqual([true, true, true, false]);
    expect(reached('D')).toEqual([true, false, false, false]);
    expect(listings.shipping.setOf.data[1]).toBe(listings.shipping.setOf.data[2]);
    put('some', ['D']);
    expect(reached('D')).toEqual([true, true, false, false]);
    put('some');
    expect(reached('US')).toEqual([true, true, false, false]);
  });
});
