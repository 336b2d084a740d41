/** Columns of numeric attributes: what counts as a number, and that one that follows saves is what it would be if it were made afterwards. */
import { expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { readerOf } from '../base/snapshot.fixture.ts';
import { Listings } from './listings.ts';

const listing = (id: string, attributes: Record<string, string>, brand?: string) => ({
  id,
  title: id,
  priceMicros: 1,
  attributes,
  ...(brand !== undefined && { brand }),
});

test.each([
  ['0.35', 0.35],
  [' -2 ', -2],
  ['+.5', 0.5],
  ['3.', 3],
  ['1e-3', 0.001],
  ['1e12', 1e12],
  ['1e13', Number.NaN],
  ['1e999', Number.NaN],
  ['', Number.NaN],
  ['0x10', Number.NaN],
  ['Infinity', Number.NaN],
  ['4,5', Number.NaN],
  ['35 %', Number.NaN],
])('%j is %d', (text, number) => {
  const listings = new Listings();
  listings.put(listing('a', { margin: text }), 1);
  expect(listings.numbersOf('margin')[0]).toBe(number);
  expect(listings.numericAttributes()).toEqual(Number.isNaN(number) ? [] : ['margin']);
});

test("a listing's own fields are no attributes, whatever they are called", () => {
  const listings = new Listings();
  listings.put(listing('a', { brand: '7', tag: '8', size: '9' }, '5'), 1);
  expect(listings.numericAttributes()).toEqual(['size']);
});

test.each([1, 2, 3])('seed %i: kept while listings are saved, or made afterwards: the same', (seed) => {
  const rng = new Rng(seed);
  const kept = new Listings();
  const values = ['1', '2.5', 'much', '', '-4'];
  for (let step = 0; step < 400; step++) {
    if (step === 50) kept.numbersOf('margin');
    const attributes: Record<string, string> = {};
    if (rng.below(3) > 0) attributes['margin'] = values[rng.below(values.length)]!;
    if (rng.below(2) === 0) attributes['weight'] = String(rng.below(9));
    kept.put(listing(`l${rng.below(60)}`, attributes), step);
  }
  const made = new Listings();
  made.load(readerOf((out) => kept.save(out)));
  for (const name of ['margin', 'weight', 'none'])
    expect([...made.numbersOf(name).subarray(0, made.size)]).toEqual([...kept.numbersOf(name).subarray(0, kept.size)]);
});
