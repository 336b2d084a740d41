import { describe, expect, it } from 'vitest';
import { fingerprint, readerOf } from '../base/snapshot.fixture.ts';
import { Reviews } from './reviews.ts';

const listingOf = (id: string): number => ['a', 'b'].indexOf(id);
const sums = (reviews: Reviews) => [[...reviews.count.view()], [...reviews.ratingHundredths.view()]];

describe('Reviews', () => {
  it('counts reviews and adds up ratings of each listing', () => {
    const reviews = new Reviews();
    reviews.put({ id: '1', listing: 'b', rating: 5 }, listingOf);
    reviews.put({ id: '2', listing: 'b', rating: 2 }, listingOf);
    expect(sums(reviews)).toEqual([
      [0, 2],
      [0, 700],
    ]);
  });

  it('lists the reviews of a listing, the latest first, wherever they are moved', () => {
    const reviews = new Reviews();
    const of = (listing: number): string[] => {
      const ids: string[] = [];
      for (let row = reviews.first(listing); row >= 0; row = reviews.next.data[row]!)
        ids.push(reviews.documents.ids.text(row));
      return ids;
    };
    const put = (id: string, listing: string) => reviews.put({ id, listing, rating: 3 }, listingOf);
    for (const id of ['1', '2', '3', '4']) put(id, 'a');
    expect([of(0), of(1), of(-1), of(7)]).toEqual([['4', '3', '2', '1'], [], [], []]);
    for (const id of ['4', '2', '1', '3']) put(id, 'b');
    expect([of(0), of(1)]).toEqual([[], ['3', '1', '2', '4']]);
    put('1', 'a');
    put('2', 'b');
    expect([of(0), of(1)]).toEqual([['1'], ['3', '2', '4']]);
  });

  it('adds up halves and tenths of a star exactly', () => {
    const reviews = new Reviews();
    for (let i = 0; i < 10; i++) reviews.put({ id: `${i}`, listing: 'a', rating: 4.1 }, listingOf);
    reviews.put({ id: '0', listing: 'a', rating: 4.5 }, listingOf);
    expect(sums(reviews)).toEqual([[10], [9 * 410 + 450]]);
  });

  it('takes a changed review back before it counts the new one, on another listing too', () => {
    const reviews = new Reviews();
    reviews.put({ id: '1', listing: 'a', rating: 1.7 }, listingOf);
    reviews.put({ id: '1', listing: 'a', rating: 4 }, listingOf);
    expect(sums(reviews)).toEqual([[1], [400]]);
    reviews.put({ id: '1', listing: 'b', rating: 3 }, listingOf);
    expect(sums(reviews)).toEqual([
      [0, 1],
      [0, 300],
    ]);
    expect(reviews.documents.get('1')).toEqual({ id: '1', listing: 'b', rating: 3 });
  });

  it('is the same after being saved and loaded', () => {
    const reviews = new Reviews();
    reviews.put({ id: '1', listing: 'a', rating: 4.5, text: 'schön' }, listingOf);
    const loaded = new Reviews();
    loaded.load(readerOf((out) => reviews.save(out)));
    for (const each of [reviews, loaded]) each.put({ id: '1', listing: 'b', rating: 2 }, listingOf);
    expect(fingerprint((out) => loaded.save(out))).toEqual(fingerprint((out) => reviews.save(out)));
  });
});
