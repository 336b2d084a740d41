/** Rows as reviews. One without an id gets one made from what it says: the same review twice is one. */
import type { Review } from '@rialto/sdk';
import { reviewSchema } from '../wire/review-schema.ts';
import type { ColumnMapping, Field } from './column-mapping.ts';
import { contentId } from './derived-id.ts';
import { EntitySink } from './entity-sink.ts';
import { parseRating } from './field-values.ts';
import type { IntakeContext, RowTaker } from './intake-engine.ts';
import { idIn, missing, momentIn, present, refusalAmong } from './mapped-cells.ts';
import { OccurrenceCounts } from './occurrence-counts.ts';
import { Refusal } from './refusal.ts';
import type { Cells, Row } from './row.ts';

export const REVIEW_FIELDS: readonly Field[] = [
  { name: 'listing', required: true, alias: ['listingId'] },
  { name: 'rating', required: true, alias: ['stars'] },
  { name: 'id', alias: ['reviewId'] },
  { name: 'text' },
  { name: 'title' },
  { name: 'buyer', alias: ['buyerId'] },
  { name: 'at', alias: ['time', 'timestamp'] },
  { name: 'language' },
];

export class ReviewRows implements RowTaker {
  readonly #context: IntakeContext;
  readonly #sink: EntitySink<'review'>;
  readonly #ids = new OccurrenceCounts();

  constructor(context: IntakeContext) {
    this.#context = context;
    this.#sink = new EntitySink('review', reviewSchema, context);
  }

  take(row: Row): Promise<void> | undefined {
    const { counts, mapping, rejects } = this.#context;
    const review = this.#review(row.cells, mapping);
    if (review instanceof Refusal) {
      rejects.add(row, review);
      return undefined;
    }
    if (this.#ids.add(review.id) > 1) {
      rejects.add(row, new Refusal('repeated-id', `the file has had review ${review.id} before; the first one counts`));
      return undefined;
    }
    counts.entities++;
    return this.#sink.add(review, row);
  }

  finish(): Promise<void> {
    return this.#sink.finish();
  }

  #review(cells: Cells, mapping: ColumnMapping): Review | Refusal {
    const listing = idIn(mapping, cells, 'listing');
    if (listing === undefined) return missing('listing');
    const ratingText = mapping.known(cells, 'rating');
    const rating = ratingText === undefined ? missing('rating') : parseRating(ratingText);
    const at = momentIn(mapping, cells, 'at');
    const refusal = refusalAmong(rating, at);
    if (refusal !== undefined) return refusal;
    const said = present({
      listing,
      rating,
      text: mapping.text(cells, 'text'),
      title: mapping.text(cells, 'title'),
      buyer: idIn(mapping, cells, 'buyer'),
      at,
    });
    const id = idIn(mapping, cells, 'id') ?? contentId([said]);
    const language = mapping.text(cells, 'language') ?? this.#context.language;
    return present({ id, ...said, language }) as Review;
  }
}
