/** The reviews of the page's listing, read from the state and put to `reviews/useful-reviews.ts`. */
import type { Review } from '@rialto/sdk';
import { languageCode } from '../retrieval/text-languages.ts';
import { tokenize } from '../retrieval/text-tokens.ts';
import { type ReviewText, reviewFacts, SAME, usefulReviews } from '../reviews/useful-reviews.ts';
import { arrangeThings } from './arrange-things.ts';
import type { JudgedThing, JudgedThings, ThingInput } from './judged-thing.ts';
import type { PlacedThings } from './placed-ranker.ts';

/** The latest of a listing; reading thousands would cost, and nobody misses the oldest. */
const REVIEWS_MAX = 200;
/** Of a declared ranker that does not say. */
const DIVERSITY = 0.5;

export function rankReviews(input: ThingInput): JudgedThings {
  const { state, request, moment, placement } = input;
  const { reviews } = state.market;
  const read: ReviewText[] = [];
  for (let row = reviews.first(moment.listing); row >= 0 && read.length < REVIEWS_MAX; row = reviews.next.data[row]!)
    read.push(textOf(reviews.documents.at(row), input));
  const excluded = new Set(request.exclude);
  const open = read.filter(({ id }) => !excluded.has(id));
  const ranked =
    input.placed === undefined ? usefulReviews(open, placement.slots) : rankByValue(open, input.placed, input);
  const left = read.filter(({ id }) => excluded.has(id));
  const excludedOnes = left.map(({ id }): JudgedThing => {
    return { id, sources: ['listing'], score: 0, factors: {}, dropped: 'excluded-by-request' };
  });
  return { things: [...ranked, ...excludedOnes] };
}

/** As a declared ranker has it; what says the same as one that is shown is left out all the same. */
function rankByValue(reviews: readonly ReviewText[], placed: PlacedThings, input: ThingInput): JudgedThing[] {
  const { judged, likeness, agreeing } = reviewFacts(reviews);
  const rows = new Map(reviews.map(({ id }, row) => [id, row]));
  const arranged = arrangeThings(judged, placed, input, { of: likeness, max: SAME, strength: DIVERSITY });
  return arranged.map((thing, i) =>
    i < input.placement.slots && thing.dropped === undefined
      ? { ...thing, evidence: agreeing(rows.get(thing.id)!) }
      : thing,
  );
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
