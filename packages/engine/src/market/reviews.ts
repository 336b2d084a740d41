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

  /** `listingOf` gives a listing's row by its id. Returns the rows whose reviews have changed. */
  put(review: Review, listingOf: (id: string) => number): number[] {
    const before = this.documents.get(review.id);
    const rows = [listingOf(review.listing)];
    if (before) {
      rows.push(listingOf(before.listing));
      this.#count(listingOf(before.listing), -1, before.rating);
    }
    this.#count(listingOf(review.listing), 1, review.rating);
    this.documents.put(review.id, review);
    return rows;
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
  }

  load(from: SnapshotReader): void {
    this.documents.load(from);
    this.count.load(from, 'reviews.count');
    this.ratingHundredths.load(from, 'reviews.rating-hundredths');
  }
}
