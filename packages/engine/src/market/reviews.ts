/** Reviews: the documents, and per listing how many there are and what they add up to. */
import type { Review } from '@rialto/sdk';
import { int32Column } from '../base/column.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { Documents } from './documents.ts';

export class Reviews implements Part {
  readonly documents = new Documents<Review>('reviews');
  /** Reviews of the listing. [listings] */
  readonly count = int32Column();
  /** Sum of their ratings in hundredths of a star, so that it stays exact. [listings] */
  readonly ratingHundredths = int32Column();
  /** The review put last to a listing, or -1. [listings] */
  readonly #first = int32Column(-1);
  /** The one before it, or -1. [reviews] */
  readonly next = int32Column(-1);
  readonly #previous = int32Column(-1); // [reviews]

  /** `listingOf` gives a listing's row by its id. Returns the rows whose reviews have changed. */
  put(review: Review, listingOf: (id: string) => number): number[] {
    const before = this.documents.get(review.id);
    const rows = [listingOf(review.listing)];
    if (before) {
      rows.push(listingOf(before.listing));
      this.#count(listingOf(before.listing), -1, before.rating);
    }
    this.#count(listingOf(review.listing), 1, review.rating);
    const row = this.documents.put(review.id, review);
    if (before && before.listing !== review.listing) this.#unlink(row, listingOf(before.listing));
    if (before?.listing !== review.listing) this.#link(row, listingOf(review.listing));
    return rows;
  }

  /** The review that came last to the listing, or -1; go on with `next`. */
  first(listing: number): number {
    return listing >= 0 && listing < this.#first.length ? this.#first.data[listing]! : -1;
  }

  #link(row: number, listing: number): void {
    this.#first.resize(listing + 1);
    for (const column of [this.next, this.#previous]) column.resize(row + 1);
    const first = this.#first.data[listing]!;
    this.next.data[row] = first;
    this.#previous.data[row] = -1;
    if (first >= 0) this.#previous.data[first] = row;
    this.#first.data[listing] = row;
  }

  #unlink(row: number, listing: number): void {
    const next = this.next.data[row]!;
    const previous = this.#previous.data[row]!;
    if (next >= 0) this.#previous.data[next] = previous;
    if (previous >= 0) this.next.data[previous] = next;
    else this.#first.data[listing] = next;
  }

  #count(listing: number, step: 1 | -1, rating: number): void {
    this.count.resize(listing + 1);
    this.ratingHundredths.resize(listing + 1);
    this.count.data[listing]! += step;
    this.ratingHundredths.data[listing]! += step * Math.round(100 * rating);
  }

  save(out: SnapshotWriter): void {
    this.documents.save(out);
    this.count.save(out, 'reviews.count');
    this.ratingHundredths.save(out, 'reviews.rating-hundredths');
    this.#first.save(out, 'reviews.first');
    this.next.save(out, 'reviews.next');
    this.#previous.save(out, 'reviews.previous');
  }

  load(from: SnapshotReader): void {
    this.documents.load(from);
    this.count.load(from, 'reviews.count');
    this.ratingHundredths.load(from, 'reviews.rating-hundredths');
    this.#first.load(from, 'reviews.first');
    this.next.load(from, 'reviews.next');
    this.#previous.load(from, 'reviews.previous');
  }
}
