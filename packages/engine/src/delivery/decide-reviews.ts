/** The reviews of the page's listing, read from the state and put to `reviews/useful-reviews.ts`. */
import type { Review } from '@rialto/sdk';
import { languageCode } from '../retrieval/text-languages.ts';
import { tokenize } from '../retrieval/text-tokens.ts';
import { type ReviewText, usefulReviews } from '../reviews/useful-reviews.ts';
import type { JudgedThing, ThingInput } from './judged-thing.ts';

/** The latest of a listing; reading thousands would cost, and nobody misses the oldest. */
const REVIEWS_MAX = 200;

export function rankReviews(input: ThingInput): readonly JudgedThing[] {
  const { state, request, moment, placement } = input;
  const { reviews } = state.market;
  const read: ReviewText[] = [];
  for (let row = reviews.first(moment.listing); row >= 0 && read.length < REVIEWS_MAX; row = reviews.next.data[row]!)
    read.push(textOf(reviews.documents.at(row), input));
  const excluded = new Set(request.exclude);
  const ranked = usefulReviews(
    read.filter(({ id }) => !excluded.has(id)),
    placement.slots,
  );
  const left = read.filter(({ id }) => excluded.has(id));
  return [
    ...ranked,
    ...left.map(({ id }) => ({
      id,
      sources: ['listing'],
      score: 0,
      factors: {},
      dropped: 'excluded-by-request' as const,
    })),
  ];
}

function textOf(review: Review, { state, request, moment }: ThingInput): ReviewText {
  const { id, rating, title = '', text = '', at, helpful = 0, buyer } = review;
  const language = review.language ?? state.market.settings().language;
  return {
    id,
    rating,
    words: tokenize(`${title} ${text}`, language),
    ageMs: at === undefined ? 0 : moment.at - at,
    helpful,
    inLanguage: languageCode(language) === languageCode(moment.language),
    own: buyer !== undefined && buyer === request.buyer,
  };
}
