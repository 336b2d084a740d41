/** Suggested queries: what the state knows of the page and the buyer, put to `retrieval/query-suggestions.ts`. */
import { poolOf } from '../ranking/draw-things.ts';
import { namedValue } from '../ranking/value-expression.ts';
import { BUYERS_MIN } from '../retrieval/query-book.ts';
import { HISTORY_MAX, suggestQueries } from '../retrieval/query-suggestions.ts';
import { languageCode } from '../retrieval/text-languages.ts';
import { tokenize, wordsOf } from '../retrieval/text-tokens.ts';
import { arrangeThings } from './arrange-things.ts';
import type { JudgedThings, ThingInput } from './judged-thing.ts';

const BUYERS_USUAL = 5;
/** Listings looked at to see whether a query finds any that can be bought. */
const FOUND_MAX = 20;
const found = new Int32Array(FOUND_MAX);
const scores = new Float32Array(FOUND_MAX);

export function rankQueries(input: ThingInput): JudgedThings {
  const { state, request, moment, placement, placed } = input;
  const { diversity, exploration } = placed?.ranker ?? {};
  const chooses = diversity !== undefined || exploration !== undefined;
  const { market, queries, things } = state;
  const { buyer, language, country, listing, cart } = moment;
  const judged = suggestQueries({
    book: queries,
    typed: moment.query,
    language: languageCode(language),
    country,
    at: moment.featureAt,
    buyer,
    page: listing >= 0 ? [listing] : cart,
    history: historyOf(buyer, market.interactions),
    buyersMin: Math.max(BUYERS_MIN, placement.queryBuyersMin ?? BUYERS_USUAL),
    limit: chooses ? poolOf(placement.slots) : placement.slots,
    ...(placed && { scoreOf: (factors) => namedValue(placed.value, factors) }),
    excluded: new Set(request.exclude),
    findsSomething: (text) => findsSomething(text, state, moment),
    rateOf: (id) => things.rateOf({ kind: 'query', placement: placement.id, id }),
  });
  if (placed === undefined) return { things: judged };
  const words = new Map<number, ReadonlySet<string>>();
  const wordsAt = (i: number): ReadonlySet<string> => {
    let known = words.get(i);
    if (known === undefined) {
      known = new Set(tokenize(judged[i]!.id, moment.language));
      words.set(i, known);
    }
    return known;
  };
  return {
    things: arrangeThings(judged, placed, input, { of: (a, b) => sharedWords(wordsAt(a), wordsAt(b)) }),
  };
}

/** Of the words of either, how many both have (Jaccard). */
function sharedWords(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let both = 0;
  for (const word of a) if (b.has(word)) both++;
  return both === 0 ? 0 : both / (a.size + b.size - both);
}

function historyOf(buyer: number, interactions: ThingInput['state']['market']['interactions']): number[] {
  const listings: number[] = [];
  for (
    let row = interactions.first(buyer);
    row >= 0 && listings.length < HISTORY_MAX;
    row = interactions.next.data[row]!
  )
    if (interactions.hidden.data[row] === 0) listings.push(interactions.listing.data[row]!);
  return listings;
}

/** Where it finds nothing now, it is no use, whatever it once led to. */
function findsSomething(text: string, state: ThingInput['state'], moment: ThingInput['moment']): boolean {
  const { available, shipping } = state.market.listings;
  const count = state.texts.search(wordsOf(text, moment.language), FOUND_MAX, found, scores);
  for (let i = 0; i < count; i++)
    if (available.has(found[i]!) && shipping.reaches(found[i]!, moment.ships)) return true;
  return false;
}
