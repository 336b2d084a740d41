import { expect, it } from 'vitest';
import { listingTerms } from './listing-terms.ts';

const base = { id: '1', title: 'Red mugs', priceMicros: 1_000_000 };
const stems = (words: readonly { readonly stem: string }[]): string[] => words.map((word) => word.stem);

it('takes the title, and the tags, brand and category as other words', () => {
  const listing = { ...base, tags: ['gift ideas', 'tea'], brand: 'Acme', category: 'Home > Kitchen' };
  const { title, other } = listingTerms(listing, 'en');
  expect(stems(title)).toEqual(['red', 'mug']);
  expect(stems(other)).toEqual(['gift', 'idea', 'tea', 'acm', 'home', 'kitchen']);
});

it("reads a listing in its own language, and in the market's where it names none", () => {
  const listing = { ...base, title: 'Häuser' };
  expect(stems(listingTerms(listing, 'de').title)).toEqual(['haus']);
  expect(stems(listingTerms({ ...listing, language: 'en' }, 'de').title)).toEqual(['hauser']);
});

it('adds codes in parts as a whole too', () => {
  const { title, other } = listingTerms({ ...base, title: 'Spray WD-40 and T-Shirt AB/12-c' }, 'en');
  expect(stems(title)).toEqual(expect.arrayContaining(['wd', '40', '12']));
  expect(stems(other)).toEqual(['wd40', 'ab12c']);
});

it('is empty where nothing can be searched', () => {
  expect(listingTerms({ ...base, title: '🎁' }, 'en')).toEqual({ title: [], other: [] });
});
