/** Reviews: the documents, and per listing how many there are and what they add up to. */
import type { Review } from '@rialto/sdk';
import { int32Column } from '../base/column.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { Documents } from './documents.ts';

export class Reviews implements Part {
  readonly documents = new Documents<Review>('reviews');
  /** Reviews of the listing. [listings] */
  readonly count = int32Column();
  /** Sum of their ratings. [listings] */
  readonly ratingSum = int32Column();

  /** `listingOf` gives a listing's row by its id. */
  put(review: Review, listingOf: (id: string) => number): void {
    const before = this.documents.get(review.id);
    if (before) this.#count(listingOf(before.listing), -1, before.rating);
    this.#count(listingOf(review.listing), 1, review.rating);
    this.documents.put(review.id, review);
  }

  #count(listing: number, step: 1 | -1, rating: number): void {
    this.count.resize(listing + 1);
    this.ratingSum.resize(listing + 1);
    this.count.data[listing]! += step;
    this.ratingSum.data[listing]! += step * rating;
  }

  save(out: SnapshotWriter): void {
    this.documents.save(out);
    this.count.save(out, 'reviews.count');
    this.ratingSum.save(out, 'reviews.rating-sum');
  }

  load(from: SnapshotReader): void {
    this.documents.load(from);
    this.count.load(from, 'reviews.count');
    this.ratingSum.load(from, 'reviews.rating-sum');
  }
}
