/**
 * Queries worth suggesting: completions of what is being typed, or, before anything is, what led others to the page's listing,
 * what led to the buyer's own listings, the buyer's last query, and what many search for this week.
 *
 *     score(q) = P(used | q) × value(q)
 *     value(q) = (Σ w_s · n_s(q) + 10 v₀) / (n(q) + 10)       s: clicked, carted, bought; w = .2, .3, .5; v₀ = .1
 *
 * With a prefix P is the query's share of the searches of all that match it, weighed by the match, the buyer's country and whether
 * it has to do with the buyer (the most popular completion of Bar-Yossef & Kraus, WWW 2011, made personal). Without one it is how
 * often the suggestion was used when it was seen, drawn to what its source promises.
 */
import type { ThingDropReason } from '@rialto/sdk';
import { BOUGHT, CARTED, CLICKED, type QueryBook } from './query-book.ts';
import { prefixKey, prefixText } from './query-text.ts';

/** What came of a search, what it is worth, and how often it comes before anything is known: together v₀. */
const VALUE_OF = [
  { name: 'click', success: CLICKED, worth: 0.2, prior: 0.25 },
  { name: 'cart', success: CARTED, worth: 0.3, prior: 0.1 },
  { name: 'purchase', success: BOUGHT, worth: 0.5, prior: 0.04 },
] as const;
const VALUE_PRIOR = 0.1;
const SEARCHES_PRIOR = 10;
const MATCH = { start: 1, word: 0.5, typo: 0.3 } as const;
/** How much likelier a query is meant that has to do with the buyer or the page. */
const OWN_LIFT = 3;
/** How often suggestions of a source are used where they are seen, before anything is known. */
const USED_PRIOR = { page: 0.05, history: 0.03, own: 0.03, trending: 0.02 } as const;
const SEEN_PRIOR = 20;
/** Listings of the buyer's past, the latest touched, that queries are sought for. */
export const HISTORY_MAX = 20;
const TRENDING_MAX = 200;
/** Of all that match a prefix. */
const CONSIDERED_MAX = 150;

export interface SuggestionInput {
  readonly book: QueryBook;
  /** What has been typed so far. */
  readonly typed: string | undefined;
  /** As `languageCode` gives it. */
  readonly language: string;
  /** Row, or -1. */
  readonly country: number;
  readonly at: number;
  /** Row, or -1. */
  readonly buyer: number;
  /** The page's listing, or those in the cart. */
  readonly page: readonly number[];
  /** The buyer's listings, the latest touched first. */
  readonly history: readonly number[];
  /** People who must have searched for it. */
  readonly buyersMin: number;
  readonly limit: number;
  readonly excluded: ReadonlySet<string>;
  readonly findsSomething: (text: string) => boolean;
  /** How often the suggestion has been seen, and used. */
  readonly rateOf: (text: string) => { readonly seen: number; readonly used: number };
  /** Instead of P(used) × value. */
  readonly scoreOf?: (factors: Readonly<Record<string, number>>) => number;
}

export interface Suggestion {
  readonly id: string;
  readonly sources: readonly string[];
  readonly score: number;
  readonly factors: Readonly<Record<string, number>>;
  readonly dropped?: ThingDropReason;
}

type Source = keyof typeof MATCH | keyof typeof USED_PRIOR;

/** Best first; those that may not be shown among them, with the reason. */
export function suggestQueries(input: SuggestionInput): Suggestion[] {
  const prefix = prefixText(input.typed ?? '');
  const own = ownQueries(input);
  const ranked = prefix === '' ? worthTrying(own, input) : completions(prefix, own, input);
  ranked.sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
  let shown = 0;
  return ranked.map((suggestion) => {
    if (suggestion.dropped !== undefined || shown === input.limit) return suggestion;
    if (!input.findsSomething(suggestion.id)) return { ...suggestion, dropped: 'finds-nothing' as const };
    shown++;
    return suggestion;
  });
}

/** What has to do with the page and the buyer, by query. */
function ownQueries({ book, language, buyer, page, history }: SuggestionInput): Map<number, Set<Source>> {
  const own = new Map<number, Set<Source>>();
  const add = (row: number, source: Source): void => {
    if (row < 0 || !book.isIn(row, language)) return;
    const sources = own.get(row);
    if (sources) sources.add(source);
    else own.set(row, new Set([source]));
  };
  for (const listing of page) for (const row of book.leadingTo(listing)) add(row, 'page');
  for (const listing of history) for (const row of book.leadingTo(listing)) add(row, 'history');
  add(book.lastOf(buyer), 'own');
  return own;
}

function completions(prefix: string, own: ReadonlyMap<number, Set<Source>>, input: SuggestionInput): Suggestion[] {
  const { book, language, buyersMin, country, at } = input;
  const matches = new Map<number, keyof typeof MATCH>();
  let shown = 0;
  const take = (row: number, match: keyof typeof MATCH): void => {
    const before = matches.get(row);
    if (before !== undefined && MATCH[before] >= MATCH[match]) return;
    matches.set(row, match);
    if (before === undefined && book.buyers(row) >= buyersMin) shown++;
  };
  book.prefixes.visit(language, prefix, take);
  // The alphabet cuts short prefixes off; what is searched for most is not to be missed.
  const week = new Int32Array(TRENDING_MAX);
  for (const row of week.subarray(0, book.trending(language, TRENDING_MAX, week))) {
    const key = prefixKey(book.text(row));
    if (key.startsWith(prefix)) take(row, 'start');
    else if (key.includes(` ${prefix}`)) take(row, 'word');
  }
  if (shown === 0) book.prefixes.visitTypos(language, prefix, take);
  const likely = [...matches]
    .map(([row, match]) => ({ row, match, searches: book.searches(row, at) }))
    .sort((a, b) => b.searches * MATCH[b.match] - a.searches * MATCH[a.match] || a.row - b.row)
    .slice(0, CONSIDERED_MAX);
  const found = likely.map(({ row, match, searches }) => {
    const related = own.get(row);
    const lift = book.countryLift(row, country);
    const weight = searches * MATCH[match] * lift * (related ? OWN_LIFT : 1);
    return { row, match, searches, lift, weight, sources: [match, ...(related ?? [])] };
  });
  const total = found.reduce((sum, { weight }) => sum + weight, 0);
  return found.map(({ row, match, searches, lift, weight, sources }) => {
    const used = total === 0 ? 0 : weight / total;
    return judge(row, { sources, used, factors: { searches, match: MATCH[match], country: lift } }, input);
  });
}

function worthTrying(own: Map<number, Set<Source>>, input: SuggestionInput): Suggestion[] {
  const { book, language, country, rateOf } = input;
  const week = new Int32Array(TRENDING_MAX);
  const count = book.trending(language, TRENDING_MAX, week);
  const most = count === 0 ? 1 : book.week.overall.count(week[0]!);
  for (const row of week.subarray(0, count)) {
    const sources = own.get(row);
    if (sources) sources.add('trending');
    else own.set(row, new Set(['trending'] as const));
  }
  return [...own].map(([row, sources]) => {
    const lift = book.countryLift(row, country);
    const trend = book.week.overall.count(row) / most;
    let prior = 0;
    for (const source of sources)
      if (source in USED_PRIOR)
        prior += USED_PRIOR[source as keyof typeof USED_PRIOR] * (source === 'trending' ? trend : 1);
    const { seen, used } = rateOf(book.text(row));
    const rate = ((Math.min(used, seen) + SEEN_PRIOR * prior) / (seen + SEEN_PRIOR)) * lift;
    return judge(row, { sources: [...sources], used: rate, factors: { seen, country: lift, trend } }, input);
  });
}

interface Considered {
  readonly sources: readonly string[];
  readonly used: number;
  readonly factors: Readonly<Record<string, number>>;
}

function judge(row: number, { sources, used, factors }: Considered, input: SuggestionInput): Suggestion {
  const { book, at } = input;
  const searches = book.searches(row, at);
  let value = 0;
  const led: Record<string, number> = {};
  for (const { name, success, worth, prior } of VALUE_OF) {
    const count = book.successes(row, success, at);
    value += worth * count;
    led[name] = (count + SEARCHES_PRIOR * prior) / (searches + SEARCHES_PRIOR);
  }
  const worth = (value + SEARCHES_PRIOR * VALUE_PRIOR) / (searches + SEARCHES_PRIOR);
  const id = book.text(row);
  const told = { used, value: worth, ...led, searches, ...factors };
  const made = { id, sources, score: input.scoreOf?.(told) ?? used * worth, factors: told };
  const dropped = whyNot(row, id, value, input);
  return dropped === undefined ? made : { ...made, dropped };
}

function whyNot(row: number, id: string, value: number, input: SuggestionInput): ThingDropReason | undefined {
  if (input.book.buyers(row) < input.buyersMin) return 'too-few-buyers';
  if (value === 0) return 'led-to-nothing';
  return input.excluded.has(id) ? 'excluded-by-request' : undefined;
}
