/**
 * What people search for and what comes of it, as a part of the state: of each query in each language how many searches there
 * were, how many of them led to a click, a cart, an order of the same buyer within half an hour and before the next search, and
 * who searched: a query is nobody's own once several people have made it.
 *
 * Counts halve every 28 days: they are integers of 1/256, shifted when the query is next met, so that folding is exact.
 * Nothing costs anything but searches, and what a buyer does right after one.
 */
import { type Column, float64Column, int32Column, uint8Column } from '../base/column.ts';
import { hash32 } from '../base/hash.ts';
import { IntLists } from '../base/int-lists.ts';
import { Interner } from '../base/interner.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import type { TypedArray } from '../base/typed-array.ts';
import { dayOf, MILLIS_PER_DAY, type Millis } from '../base/units.ts';
import { CountryCounts } from '../features/country-counts.ts';
import { WindowedCounts } from '../features/windowed-counts.ts';
import { QueryPrefixes } from './query-prefixes.ts';
import { prefixKey, queryText } from './query-text.ts';
import { languageCode } from './text-languages.ts';

/** Nobody may suggest what fewer people have searched for. */
export const BUYERS_MIN = 3;
/** People that are told apart; more count as so many. */
const BUYERS_MAX = 50;
const PERIOD_MS = 28 * MILLIS_PER_DAY;
const STEPS = 256;
const STEPS_MAX = 2 ** 30;
const WEEK_MS = 7 * MILLIS_PER_DAY;
const SUCCESS_MS = 1_800_000;
/** Queries that led to a listing; the latest. */
const QUERIES_OF_LISTING_MAX = 8;
/** Different queries that are told apart; later ones are not counted. */
const QUERIES_MAX = 2_000_000;

/** What a search led to. */
export const CLICKED = 0;
export const CARTED = 1;
export const BOUGHT = 2;
export type Success = typeof CLICKED | typeof CARTED | typeof BOUGHT;

export interface Search {
  readonly query: string;
  readonly language: string;
  /** Row, or -1. */
  readonly buyer: number;
  /** Tells people apart where rows are given out again: as `searcherOf` makes it of the buyer's key. */
  readonly searcher: number;
  /** Row, or -1. */
  readonly country: number;
  readonly at: Millis;
}

/** Never 0, which stands for people who were erased. */
export const searcherOf = (key: string): number => hash32(key) | 0 || 1;
const ERASED = 0;

/** The windows' own lists are all that is asked of them. */
const NO_CELLS = { get: () => 0, add: () => undefined };

export class QueryBook implements Part {
  /** Language and text. */
  readonly #queries = new Interner('queries.ids');
  readonly #languages = new Interner('queries.languages');
  /** What was searched for within a week, by language. */
  readonly week = new WindowedCounts(7, NO_CELLS, 0);
  readonly prefixes = new QueryPrefixes();

  // Columns, all [queries].
  readonly #period = int32Column();
  readonly #searches = int32Column();
  readonly #successes = [int32Column(), int32Column(), int32Column()] as const; // by `Success`
  /** Since ever, from a country that is known. */
  readonly #located = int32Column();
  readonly #searchers = new IntLists();
  readonly #byCountry = new CountryCounts();
  readonly #ofCountry = int32Column(); // [countries]
  #allLocated = 0;
  #newestAt = 0;

  // Columns, [buyers]: the last search, and which successes it has had.
  readonly #lastQuery = int32Column(-1);
  readonly #lastAt = float64Column();
  readonly #reached = uint8Column();
  readonly #ofListing = new IntLists(); // [listings]: queries that led there, the latest last

  get size(): number {
    return this.#queries.size;
  }

  text(row: number): string {
    const id = this.#queries.text(row);
    return id.slice(id.indexOf('\u0000') + 1);
  }

  /** The row of a query in the form that `queryText` gives, or -1. */
  find(language: string, text: string): number {
    return this.#queries.find(idOf(language, text));
  }

  /** Whether it has been searched for, in any language. */
  has(text: string): boolean {
    for (let language = 0; language < this.#languages.size; language++)
      if (this.#queries.find(`${this.#languages.text(language)}\u0000${text}`) >= 0) return true;
    return false;
  }

  note({ query, language, buyer, searcher, country, at }: Search): void {
    if (buyer >= 0 && buyer < this.#lastQuery.length) this.#lastQuery.data[buyer] = -1;
    const text = queryText(query);
    if (text === undefined) return;
    const row = this.#rowOf(language, text);
    if (row < 0) return;
    this.#add(this.#searches, row, at);
    this.#newestAt = Math.max(this.#newestAt, at);
    const board = this.#languages.intern(languageCode(language));
    if (at > this.#newestAt - WEEK_MS) this.week.add(row, board, dayOf(this.#newestAt as Millis));
    if (country >= 0) this.#locate(row, country);
    if (buyer < 0) return;
    this.#meet(row, searcher, text, language);
    for (const column of [this.#lastQuery, this.#lastAt, this.#reached]) column.resize(buyer + 1);
    this.#lastQuery.data[buyer] = row;
    this.#lastAt.data[buyer] = at;
    this.#reached.data[buyer] = 0;
  }

  #rowOf(language: string, text: string): number {
    const id = idOf(language, text);
    const known = this.#queries.find(id);
    if (known >= 0 || this.size >= QUERIES_MAX) return known;
    const row = this.#queries.intern(id);
    for (const [, column] of this.#columns()) column.resize(row + 1);
    this.#searchers.reserve(row + 1);
    return row;
  }

  #locate(row: number, country: number): void {
    this.#byCountry.add(country, row);
    this.#ofCountry.resize(country + 1);
    this.#ofCountry.data[country]!++;
    this.#located.data[row]!++;
    this.#allLocated++;
  }

  #meet(row: number, searcher: number, text: string, language: string): void {
    const known = this.#searchers.view(row);
    if (known.length >= BUYERS_MAX || known.includes(searcher)) return;
    this.#searchers.push(row, searcher);
    if (known.length + 1 === BUYERS_MIN) this.prefixes.add(languageCode(language), prefixKey(text), row);
  }

  /** The buyer did something with a listing: the search before it, if it was just now, led there. */
  succeed(buyer: number, listing: number, success: Success, at: Millis): void {
    if (buyer < 0 || buyer >= this.#lastQuery.length) return;
    const row = this.#lastQuery.data[buyer]!;
    if (row < 0 || Math.abs(at - this.#lastAt.data[buyer]!) > SUCCESS_MS) return;
    this.#lead(row, listing);
    const bit = 1 << success;
    if ((this.#reached.data[buyer]! & bit) !== 0) return;
    this.#reached.data[buyer]! |= bit;
    this.#add(this.#successes[success], row, at);
  }

  #lead(row: number, listing: number): void {
    this.#ofListing.reserve(listing + 1);
    const before = this.#ofListing.view(listing);
    if (before.length > 0 && before[before.length - 1] === row) return;
    const others = before.filter((other) => other !== row);
    const kept = Int32Array.of(...others.slice(-(QUERIES_OF_LISTING_MAX - 1)), row);
    this.#ofListing.set(listing, kept, kept.length);
  }

  #add(column: Column<Int32Array>, row: number, at: Millis): void {
    const period = Math.floor(at / PERIOD_MS);
    const later = period - this.#period.data[row]!;
    if (later > 0) {
      for (const counts of [this.#searches, ...this.#successes])
        counts.data[row] = later > 30 ? 0 : counts.data[row]! >> later;
      this.#period.data[row] = period;
    }
    const amount = later >= 0 ? STEPS : later < -30 ? 0 : STEPS >> -later;
    column.data[row] = Math.min(STEPS_MAX, column.data[row]! + amount);
  }

  #level(column: Column<Int32Array>, row: number, at: number): number {
    const later = Math.max(0, Math.floor(at / PERIOD_MS) - this.#period.data[row]!);
    return column.data[row]! / STEPS / 2 ** later;
  }

  /** Searches, halved every 28 days. */
  searches(row: number, at: number): number {
    return this.#level(this.#searches, row, at);
  }

  /** Of `searches`, those that led to it. */
  successes(row: number, success: Success, at: number): number {
    return this.#level(this.#successes[success], row, at);
  }

  /** People who have searched for it, `BUYERS_MAX` at most. */
  buyers(row: number): number {
    return this.#searchers.view(row).length;
  }

  /** How much more often it is searched for from the country than all queries are, drawn to 1 where little is known. */
  countryLift(row: number, country: number): number {
    if (country < 0 || country >= this.#ofCountry.length || this.#allLocated === 0) return 1;
    const share = this.#ofCountry.data[country]! / this.#allLocated;
    one[0] = row;
    this.#byCountry.gather(country, one, 1, count);
    return (count[0]! + LIFT_PRIOR) / (this.#located.data[row]! * share + LIFT_PRIOR);
  }

  /** The most searched within a week in a language, into `out`. Returns how many. */
  trending(language: string, limit: number, out: Int32Array): number {
    const board = this.#languages.find(language);
    return board < 0 ? 0 : this.week.topOfCategory(board, limit, out);
  }

  /** Queries that led to the listing, the latest last. */
  leadingTo(listing: number): Int32Array {
    return this.#ofListing.view(listing);
  }

  /** What the buyer searched for last, or -1. */
  lastOf(buyer: number): number {
    return buyer >= 0 && buyer < this.#lastQuery.length ? this.#lastQuery.data[buyer]! : -1;
  }

  /** The row of a buyer is nobody's again. */
  release(buyer: number): void {
    if (buyer >= this.#lastQuery.length) return;
    for (const column of [this.#lastQuery, this.#lastAt, this.#reached]) column.reset(buyer);
  }

  /** Somebody is not told from others any more among those who searched; how many they were stays. Looks at every query. */
  erase(searcher: number): void {
    const { cells, starts, lengths } = this.#searchers;
    for (let row = 0; row < this.size; row++) {
      const start = starts[row]!;
      const end = start + lengths[row]!;
      for (let i = start; i < end; i++) if (cells[i] === searcher) cells[i] = ERASED;
    }
  }

  isIn(row: number, language: string): boolean {
    return this.#queries.text(row).startsWith(`${language}\u0000`);
  }

  #columns(): [string, Column<TypedArray>][] {
    return [
      ['period', this.#period],
      ['searches', this.#searches],
      ['clicked', this.#successes[CLICKED]],
      ['carted', this.#successes[CARTED]],
      ['bought', this.#successes[BOUGHT]],
      ['located', this.#located],
    ] as [string, Column<TypedArray>][];
  }

  #buyerColumns(): [string, Column<TypedArray>][] {
    return [
      ['of-country', this.#ofCountry],
      ['last-query', this.#lastQuery],
      ['last-at', this.#lastAt],
      ['reached', this.#reached],
    ] as [string, Column<TypedArray>][];
  }

  save(out: SnapshotWriter): void {
    this.#queries.save(out);
    this.#languages.save(out);
    for (const [name, column] of [...this.#columns(), ...this.#buyerColumns()]) column.save(out, `queries.${name}`);
    this.#searchers.save(out, 'queries.searchers');
    this.#ofListing.save(out, 'queries.of-listing');
    this.#byCountry.save(out, 'queries.by-country');
    this.week.save(out, 'queries.week');
    out.json('queries.totals', [this.#allLocated, this.#newestAt]);
  }

  load(from: SnapshotReader): void {
    this.#queries.load(from);
    this.#languages.load(from);
    for (const [name, column] of [...this.#columns(), ...this.#buyerColumns()]) column.load(from, `queries.${name}`);
    this.#searchers.load(from, 'queries.searchers');
    this.#ofListing.load(from, 'queries.of-listing');
    this.#byCountry.load(from, 'queries.by-country');
    this.week.load(from, 'queries.week');
    [this.#allLocated, this.#newestAt] = from.json<[number, number]>('queries.totals');
    this.prefixes.fill(this.#suggestible());
  }

  *#suggestible(): Iterable<{ language: string; key: string; row: number }> {
    for (let row = 0; row < this.size; row++) {
      if (this.buyers(row) < BUYERS_MIN) continue;
      const [language, text] = this.#queries.text(row).split('\u0000') as [string, string];
      yield { language, key: prefixKey(text), row };
    }
  }
}

const LIFT_PRIOR = 5;
const one = new Int32Array(1);
const count = new Int32Array(1);

/** Texts hold no control characters. */
const idOf = (language: string, text: string): string => `${languageCode(language)}\u0000${text}`;
