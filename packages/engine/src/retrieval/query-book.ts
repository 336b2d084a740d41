/**
 * What people search for and what comes of it, as a part of the state: of each query in each language how many searches there
 * were, how many of them led to a click, a cart, an order of the same buyer within half an hour and before the next search, and
 * who searched: a query is nobody's own once several people have made it.
 *
 * Counts halve every 28 days: they are integers of 1/256, shifted when the query is next met, so that folding is exact.
 * Nothing costs anything but searches, and what a buyer does right after one.
 *
 * Queries are forgotten, or the long tail of what people type would fill the memory, and with it the names that some of them type.
 * What few people searched for is forgotten two months after the last search, anything after more than a year. Where there is no room,
 * a new query takes the place of the one that was searched for longest ago, of those that few people searched for while there are any.
 * The row is another query's then: whoever keeps a row keeps its turn with it.
 */
import { type Column, int32Column } from '../base/column.ts';
import { hash32 } from '../base/hash.ts';
import { IntLists } from '../base/int-lists.ts';
import { Interner } from '../base/interner.ts';
import { KeyTable } from '../base/key-table.ts';
import { RecencyLists } from '../base/recency-lists.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { dayOf, MILLIS_PER_DAY, type Millis } from '../base/units.ts';
import { CountryCounts } from '../features/country-counts.ts';
import { WindowedCounts } from '../features/windowed-counts.ts';
import { QueryPrefixes } from './query-prefixes.ts';
import { prefixKey, queryText } from './query-text.ts';
import { QueryTrails, type Turns } from './query-trails.ts';
import { languageCode } from './text-languages.ts';

/** Nobody may suggest what fewer people have searched for. */
export const BUYERS_MIN = 3;
/** People that are told apart; more count as so many. */
const BUYERS_MAX = 50;
const PERIOD_MS = 28 * MILLIS_PER_DAY;
const STEPS = 256;
const STEPS_MAX = 2 ** 30;
const WEEK_MS = 7 * MILLIS_PER_DAY;
/** Different queries that are kept. */
const QUERIES_MAX = 2_000_000;
/** Since the last search for it: a query that may not be suggested; any, so that each season finds last year's. */
const KEEP_DAYS = 60;
const KEEP_SHARED_DAYS = 400;
/** Each search forgets at most so many of either sort: more than it can add. */
const FORGOTTEN_PER_SEARCH = 2;
/** Lists of queries: those that few people searched for, and those that may be suggested. */
const FEW = 0;
const SHARED = 1;

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

export class QueryBook implements Part, Turns {
  readonly #queriesMax: number;
  /** Language and text. */
  readonly #queries = new KeyTable('queries.ids');
  /** Those that were asked for, without the language. [queries] */
  #texts: (string | undefined)[] = [];
  readonly #languages = new Interner('queries.languages');
  /** What was searched for within a week, by language. */
  readonly week = new WindowedCounts(7, NO_CELLS, 0);
  readonly prefixes = new QueryPrefixes();

  // Columns, all [queries].
  /** How often the row has been given out. */
  readonly #turn = int32Column();
  /** The day of the last search. */
  readonly #searchedOn = int32Column();
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
  readonly #recency = new RecencyLists('queries.recency', 2);

  readonly #trails = new QueryTrails(this);

  /** For tests: how many queries are kept. */
  constructor({ queriesMax = QUERIES_MAX } = {}) {
    this.#queriesMax = queriesMax;
  }

  /** Queries that are kept. */
  get size(): number {
    return this.#queries.size;
  }

  text(row: number): string {
    const known = this.#texts[row];
    if (known !== undefined) return known;
    const id = this.#queries.text(row);
    const text = id.slice(id.indexOf('\u0000') + 1);
    this.#texts[row] = text;
    return text;
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
    this.#trails.end(buyer);
    const today = dayOf(at);
    this.#forgetIdle(FEW, today - KEEP_DAYS);
    this.#forgetIdle(SHARED, today - KEEP_SHARED_DAYS);
    const text = queryText(query);
    if (text === undefined) return;
    const row = this.#rowOf(language, text);
    if (row < 0) return;
    this.#add(this.#searches, row, at);
    this.#searchedOn.data[row] = Math.max(today, this.#searchedOn.data[row]!);
    this.#newestAt = Math.max(this.#newestAt, at);
    if (country >= 0) this.#locate(row, country);
    if (buyer >= 0) {
      this.#meet(row, searcher, text, language);
      this.#trails.begin(buyer, row, at);
    }
    const board = this.#languages.intern(languageCode(language));
    this.#recency.meet(row, this.#isShared(row) ? SHARED : FEW);
    if (this.#isShared(row) && at > this.#newestAt - WEEK_MS)
      this.week.add(row, board, dayOf(this.#newestAt as Millis));
  }

  /** The row of a query, or -1 where there is no room for a new one. */
  #rowOf(language: string, text: string): number {
    const id = idOf(language, text);
    const known = this.#queries.find(id);
    if (known >= 0) return known;
    if (this.size >= this.#queriesMax && !this.#forgetOldest(FEW) && !this.#forgetOldest(SHARED)) return -1;
    const row = this.#queries.intern(id);
    for (const [, column] of this.#columns()) column.resize(row + 1);
    this.#searchers.reserve(row + 1);
    if (row === this.#texts.length) this.#texts.push(undefined);
    this.#turn.data[row]!++;
    return row;
  }

  /** Whether it may be suggested: several people have searched for it. */
  #isShared(row: number): boolean {
    return this.buyers(row) >= BUYERS_MIN;
  }

  #forgetIdle(list: number, before: number): void {
    for (let i = 0; i < FORGOTTEN_PER_SEARCH; i++) {
      const row = this.#recency.oldest(list);
      if (row < 0 || this.#searchedOn.data[row]! >= before || !this.#forgetOldest(list)) return;
    }
  }

  /** Whether it could: the week's counts keep rows, too. */
  #forgetOldest(list: number): boolean {
    const row = this.#recency.oldest(list);
    if (row < 0 || this.week.overall.count(row) > 0) return false;
    this.#forget(row);
    return true;
  }

  #forget(row: number): void {
    const id = this.#queries.text(row);
    if (this.#isShared(row)) this.prefixes.remove(languageOf(id), prefixKey(this.text(row)), row);
    this.#queries.remove(row);
    this.#queries.release(row);
    this.#recency.remove(row);
    this.#texts[row] = undefined;
    this.#searchers.truncate(row, 0);
    this.#byCountry.clear(row);
    for (const [, column] of this.#columns()) if (column !== this.#turn) column.reset(row);
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
    if (this.buyers(row) === BUYERS_MIN) this.prefixes.add(languageCode(language), prefixKey(text), row);
  }

  /** The buyer did something with a listing: the search before it, if it was just now, led there. */
  succeed(buyer: number, listing: number, success: Success, at: Millis): void {
    const row = this.#trails.recentOf(buyer, at);
    if (row < 0) return;
    this.#trails.lead(row, listing);
    if (this.#trails.reaches(buyer, success)) this.#add(this.#successes[success], row, at);
  }

  turnOf(row: number): number {
    return row < this.#queries.rows && this.#queries.has(row) ? this.#turn.data[row]! : 0;
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
  leadingTo(listing: number): readonly number[] {
    return this.#trails.leadingTo(listing);
  }

  /** What the buyer searched for last, or -1. */
  lastOf(buyer: number): number {
    return this.#trails.lastOf(buyer);
  }

  /** The row of a buyer is nobody's again. */
  release(buyer: number): void {
    this.#trails.end(buyer);
  }

  /** Somebody is not told from others any more among those who searched; how many they were stays. Looks at every query. */
  erase(searcher: number): void {
    const { cells, starts, lengths } = this.#searchers;
    for (let row = 0; row < this.#searchers.rows; row++) {
      const start = starts[row]!;
      const end = start + lengths[row]!;
      for (let i = start; i < end; i++) if (cells[i] === searcher) cells[i] = ERASED;
    }
  }

  isIn(row: number, language: string): boolean {
    return languageOf(this.#queries.text(row)) === language;
  }

  #columns(): [string, Column<Int32Array>][] {
    return [
      ['turn', this.#turn],
      ['searched-on', this.#searchedOn],
      ['period', this.#period],
      ['searches', this.#searches],
      ['clicked', this.#successes[CLICKED]],
      ['carted', this.#successes[CARTED]],
      ['bought', this.#successes[BOUGHT]],
      ['located', this.#located],
    ];
  }

  save(out: SnapshotWriter): void {
    this.#queries.save(out);
    this.#languages.save(out);
    for (const [name, column] of this.#columns()) column.save(out, `queries.${name}`);
    this.#ofCountry.save(out, 'queries.of-country');
    this.#searchers.save(out, 'queries.searchers');
    this.#trails.save(out);
    this.#byCountry.save(out, 'queries.by-country');
    this.week.save(out, 'queries.week');
    this.#recency.save(out);
    out.json('queries.totals', [this.#allLocated, this.#newestAt]);
  }

  load(from: SnapshotReader): void {
    this.#queries.load(from);
    this.#languages.load(from);
    for (const [name, column] of this.#columns()) column.load(from, `queries.${name}`);
    this.#ofCountry.load(from, 'queries.of-country');
    this.#searchers.load(from, 'queries.searchers');
    this.#trails.load(from);
    this.#byCountry.load(from, 'queries.by-country');
    this.week.load(from, 'queries.week');
    this.#recency.load(from);
    [this.#allLocated, this.#newestAt] = from.json<[number, number]>('queries.totals');
    this.#texts = new Array<string | undefined>(this.#queries.rows).fill(undefined);
    this.prefixes.fill(this.#suggestible());
  }

  *#suggestible(): Iterable<{ language: string; key: string; row: number }> {
    for (let row = 0; row < this.#queries.rows; row++)
      if (this.#isShared(row))
        yield { language: languageOf(this.#queries.text(row)), key: prefixKey(this.text(row)), row };
  }
}

const LIFT_PRIOR = 5;
const one = new Int32Array(1);
const count = new Int32Array(1);

/** Texts hold no control characters. */
const idOf = (language: string, text: string): string => `${languageCode(language)}\u0000${text}`;
const languageOf = (id: string): string => id.slice(0, id.indexOf('\u0000'));
