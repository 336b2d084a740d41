/**
 * An incremental inverted index over listings' words: term → listings, newest last, once for titles and once for the rest;
 * and, the other way, listing → its terms. Searching takes candidates from the first and scores them by the second, which is
 * the truth: a posting whose listing has since lost the term matches nothing, and a term's list is rewritten when more than
 * half of it is such postings.
 *
 * Score, after BM25F (Robertson & Zaragoza, "The Probabilistic Relevance Framework", 2009):
 *   t = w / (1 − b + b · L / L̄),  r = Σ idf · t / (k + t) ÷ Σ idf · T / (k + T)  with T = 1 / (1 − b)
 * summed over the query's words above the line where they match, and over all of them below it; w is the field's
 * weight, L the title's length in words (at most LENGTH_MAX), L̄ its mean. So 0 < r < 1; a listing that
 * matches all words scores 1 + r, and thus before all that do not. Of equals the newer (higher index) comes first.
 *
 * A query does a bounded amount of work, at most WORK_MAX: reading a posting costs READ_COST, together with its listing's
 * signature SIGNED_READ_COST, scoring a listing by its terms SCORE_COST, as their times are to each other. Lists are read from the rarest word on, titles first, newest postings first. First only
 * listings that match all words are sought, then, if these are too few, any. A listing's 64-bit signature of its terms
 * tells of most candidates that they match no other word of the query: these are ruled out, or scored by the title length
 * that the posting carries, for no more than the read. Below the bound the result is exact; above it, it is the best of
 * the newest.
 */
import { assert } from '../base/assert.ts';
import { int32Column } from '../base/column.ts';
import { type Hash64, hash64 } from '../base/hash.ts';
import { IntLists } from '../base/int-lists.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { BestScores } from './best-scores.ts';
import type { ListingTerms } from './listing-terms.ts';
import { TextDictionary } from './text-dictionary.ts';
import { GROUPS_MAX, signatureBit, TextQuery } from './text-query.ts';
import type { Word } from './text-tokens.ts';

const TITLE_TERMS_MAX = 40;
const TERMS_MAX = 64;
/** Of the title, of the rest. */
const FIELD_WEIGHTS = [1, 0.4];
const K = 1.2;
const B = 0.6;
const BEST_SHARE = 1 / (1 + K * (1 - B));

const WORK_MAX = 20_000;
/** What the search for all words leaves for the search for any. */
const WORK_FOR_ANY = 5_000;
const READ_COST = 1;
const SIGNED_READ_COST = 4;
const SCORE_COST = 20;

/** Garbage that a list may have whatever its length. */
const STALE_FREE = 16;

const TITLE = 0;
const OTHER = 1;

/** A posting is the listing × 32 + its title's length. */
const LENGTH_BITS = 5;
const LENGTH_MAX = 2 ** LENGTH_BITS - 1;
const LISTINGS_MAX = 2 ** (31 - LENGTH_BITS);

interface Totals {
  listings: number;
  titleWords: number;
}

export class TextIndex implements Part {
  readonly #dictionary = new TextDictionary();
  readonly #postings = new IntLists(); // [2 × terms]: of listings that have the term in the title, elsewhere
  readonly #alive = int32Column(); // [2 × terms]: how many of the postings still hold; the others are stale
  readonly #entries = new IntLists(); // [listings]: 32 × count + title length, then `count` times 2 × term + field
  readonly #signatures = int32Column(); // [listings × 2]: low and high word
  readonly #digests = int32Column(); // [listings × 2]: of the texts that the terms were made of; 0, 0 where not known
  #totals: Totals = { listings: 0, titleWords: 0 };

  // Scratch, never saved: its content has no influence on what is returned.
  readonly #query = new TextQuery();
  readonly #best = new BestScores();
  readonly #next = new Int32Array(TERMS_MAX + 1);
  readonly #last = new Int32Array(TERMS_MAX + 1);
  readonly #matched = new Float64Array(GROUPS_MAX);
  readonly #scoreOf = new Float64Array(2 * (LENGTH_MAX + 1)); // [fields × lengths]: of a listing that matches one group
  #seen = new Uint32Array(0); // [listings]: the last pass that met the listing
  #pass = 0;
  #work = 0;
  readonly #countOf = (term: number): number => this.#alive.data[2 * term]! + this.#alive.data[2 * term + 1]!;

  /** How many listings have any term. */
  get size(): number {
    return this.#totals.listings;
  }

  /** As `set`, but where the terms were made of the same text before, which is so for most changes of listings, they are not made again. */
  setText(listing: number, text: string, termsOf: () => ListingTerms): void {
    this.#digests.resize(2 * (listing + 1));
    const { data } = this.#digests;
    hash64(text, digest);
    const high = digest.high | 0;
    const low = digest.low | 0;
    if ((high !== 0 || low !== 0) && data[2 * listing] === high && data[2 * listing + 1] === low) return;
    this.set(listing, termsOf());
    data[2 * listing] = high;
    data[2 * listing + 1] = low;
  }

  /** Adds a listing, or replaces its terms; without terms it is not found any more. */
  set(listing: number, terms: ListingTerms): void {
    assert(listing >= 0 && listing < LISTINGS_MAX, 'a listing index must be below 2^26', listing);
    this.#reserve(listing + 1);
    const next = this.#next;
    const count = this.#collect(terms);
    const last = this.#last;
    const lastCount = this.#copyEntries(listing, last);
    if (count === lastCount && sameEntries(last, next, count)) return;
    const length = count > 0 ? next[0]! & LENGTH_MAX : 0;
    const lastLength = lastCount > 0 ? last[0]! & LENGTH_MAX : 0;
    this.#totals.listings += Number(count > 0) - Number(lastCount > 0);
    this.#totals.titleWords += length - lastLength;
    this.#entries.set(listing, next, count);
    const isMoved = length !== lastLength; // every posting carries the length
    for (let i = 1; i < count; i++) {
      if (isMoved || !holds(last, lastCount, next[i]!)) this.#addPosting(next[i]!, (listing << LENGTH_BITS) | length);
    }
    this.#sign(listing, next, count);
    for (let i = 1; i < lastCount; i++) if (isMoved || !holds(next, count, last[i]!)) this.#dropPosting(last[i]!);
  }

  #sign(listing: number, entries: Int32Array, count: number): void {
    let low = 0;
    let high = 0;
    for (let i = 1; i < count; i++) {
      const bit = signatureBit(entries[i]! >> 1);
      if (bit < 32) low |= 1 << bit;
      else high |= 1 << bit;
    }
    this.#signatures.data[2 * listing] = low;
    this.#signatures.data[2 * listing + 1] = high;
  }

  #copyEntries(listing: number, out: Int32Array): number {
    const count = this.#entries.lengths[listing]!;
    const start = this.#entries.starts[listing]!;
    for (let i = 0; i < count; i++) out[i] = this.#entries.cells[start + i]!;
    return count;
  }

  /** The listing's entries into `#next`: none, or its head and each distinct term once. Returns their number. */
  #collect({ title, other }: ListingTerms): number {
    const next = this.#next;
    let count = 1;
    for (let i = 0; i < title.length && count <= TITLE_TERMS_MAX; i++) {
      const entry = 2 * this.#termOf(title[i]!) + TITLE;
      if (!holds(next, count, entry)) next[count++] = entry;
    }
    for (let i = 0; i < other.length && count <= TERMS_MAX; i++) {
      const entry = 2 * this.#termOf(other[i]!) + OTHER;
      if (!holds(next, count, entry) && !holds(next, count, entry - OTHER + TITLE)) next[count++] = entry;
    }
    next[0] = ((count - 1) << LENGTH_BITS) | Math.min(title.length, LENGTH_MAX);
    return count === 1 ? 0 : count;
  }

  #termOf(word: Word): number {
    const term = this.#dictionary.add(word);
    this.#postings.reserve(2 * this.#dictionary.size);
    this.#alive.resize(2 * this.#dictionary.size);
    return term;
  }

  #reserve(listings: number): void {
    this.#entries.reserve(listings);
    this.#signatures.resize(2 * listings);
    if (listings <= this.#seen.length) return;
    this.#seen = new Uint32Array(Math.max(1024, Math.ceil(listings * 1.5)));
    this.#pass = 0;
  }

  #addPosting(list: number, posting: number): void {
    this.#postings.push(list, posting);
    this.#alive.data[list]!++;
  }

  #dropPosting(list: number): void {
    const alive = --this.#alive.data[list]!;
    if (this.#postings.lengths[list]! > 2 * alive + STALE_FREE) this.#rewrite(list);
  }

  /** Keeps the newest posting of each listing that still has the term in that field. */
  #rewrite(list: number): void {
    const { cells } = this.#postings;
    const start = this.#postings.starts[list]!;
    const end = start + this.#postings.lengths[list]!;
    const pass = this.#startPass();
    let kept = end;
    for (let i = end - 1; i >= start; i--) {
      const posting = cells[i]!;
      const listing = posting >> LENGTH_BITS;
      if (this.#seen[listing] === pass || !this.#has(listing, posting & LENGTH_MAX, list)) continue;
      this.#seen[listing] = pass;
      cells[--kept] = posting;
    }
    cells.copyWithin(start, kept, end);
    this.#postings.truncate(list, end - kept);
  }

  #has(listing: number, length: number, entry: number): boolean {
    const { cells, starts, lengths } = this.#entries;
    const start = starts[listing]!;
    const end = start + lengths[listing]!;
    if (start < 0 || (cells[start]! & LENGTH_MAX) !== length) return false;
    for (let i = start + 1; i < end; i++) if (cells[i] === entry) return true;
    return false;
  }

  #startPass(): number {
    if (this.#pass === 0xffffffff) {
      this.#seen.fill(0);
      this.#pass = 0;
    }
    return ++this.#pass;
  }

  /**
   * The best listings for the words of a query, best first, into the caller's arrays; returns how many.
   * `listings` and `scores` must hold `limit`.
   */
  search(words: readonly Word[], limit: number, listings: Int32Array, scores: Float32Array): number {
    const query = this.#query;
    query.resolve(words, this.#dictionary, this.#countOf, this.#totals.listings, BEST_SHARE);
    this.#best.reset(listings, scores, limit);
    if (query.knownCount === 0 || limit <= 0) return 0;
    const pass = this.#startPass();
    this.#work = 0;
    if (query.knownCount === query.groupCount && query.groupCount > 1) {
      this.#scanGroup(query.order[0]!, pass, true, WORK_MAX - WORK_FOR_ANY);
    }
    for (let i = 0; i < query.knownCount && !this.#best.isFullAbove(1); i++) {
      this.#scanGroup(query.order[i]!, pass, false, WORK_MAX);
    }
    return this.#best.sort();
  }

  #scanGroup(group: number, pass: number, all: boolean, workMax: number): void {
    const { terms, groupOf, termCount } = this.#query;
    if (!all) this.#fillScores(group);
    for (let field = TITLE; field <= OTHER; field++) {
      for (let i = 0; i < termCount; i++) {
        if (groupOf[i] !== group) continue;
        if (all) this.#scanForAll(2 * terms[i]! + field, pass, workMax);
        else this.#scanForAny(i, field, pass, workMax);
      }
    }
  }

  /** The scores of listings that match this group alone, by field and title length. */
  #fillScores(group: number): void {
    const { weights, groupCount } = this.#query;
    const factor = weights[group]! / this.#query.bestSum;
    for (let length = 0; length <= LENGTH_MAX; length++) {
      const norm = this.#lengthNorm(length);
      for (let field = TITLE; field <= OTHER; field++) {
        const score = (factor * FIELD_WEIGHTS[field]!) / (K * norm + FIELD_WEIGHTS[field]!);
        this.#scoreOf[field * (LENGTH_MAX + 1) + length] = groupCount === 1 ? 1 + score : score;
      }
    }
  }

  #lengthNorm(length: number): number {
    return 1 - B + (B * length * this.#totals.listings) / Math.max(this.#totals.titleWords, this.#totals.listings);
  }

  #scanForAll(list: number, pass: number, workMax: number): void {
    const query = this.#query;
    const { cells } = this.#postings;
    const start = this.#postings.starts[list]!;
    const signatures = this.#signatures.data;
    let work = this.#work;
    for (let i = start + this.#postings.lengths[list]! - 1; i >= start && work < workMax; i--) {
      work += SIGNED_READ_COST;
      const listing = cells[i]! >> LENGTH_BITS;
      if (!query.mayMatchRest(signatures[2 * listing]!, signatures[2 * listing + 1]!)) continue;
      work += SCORE_COST;
      this.#offer(listing, list, pass);
    }
    this.#work = work;
  }

  /** A listing whose signature has none of the query's other terms matches nothing but the term at `at`. */
  #scanForAny(at: number, field: number, pass: number, workMax: number): void {
    const low = this.#query.wordWithout(at, false);
    const high = this.#query.wordWithout(at, true);
    const isAlone = (low | high) === 0;
    const list = 2 * this.#query.terms[at]! + field;
    const { cells } = this.#postings;
    const start = this.#postings.starts[list]!;
    const length = this.#postings.lengths[list]!;
    const isExact = length === this.#alive.data[list];
    const signatures = this.#signatures.data;
    const scoreOf = this.#scoreOf;
    const offset = field * (LENGTH_MAX + 1);
    const readCost = isAlone ? READ_COST : SIGNED_READ_COST;
    let work = this.#work;
    for (let i = start + length - 1; i >= start && work < workMax; i--) {
      work += readCost;
      const posting = cells[i]!;
      const listing = posting >> LENGTH_BITS;
      if (isExact && (isAlone || ((signatures[2 * listing]! & low) | (signatures[2 * listing + 1]! & high)) === 0)) {
        this.#best.offer(listing, scoreOf[offset + (posting & LENGTH_MAX)]!);
        continue;
      }
      work += SCORE_COST;
      this.#offer(listing, list, pass);
    }
    this.#work = work;
  }

  /** Scores a listing by its terms unless this pass has done so, or the posting in `list` is stale. */
  #offer(listing: number, list: number, pass: number): void {
    if (this.#seen[listing] === pass) return;
    const score = this.#score(listing, list);
    if (score === 0) return;
    this.#seen[listing] = pass;
    this.#best.offer(listing, score);
  }

  #score(listing: number, list: number): number {
    const { terms, groupOf, termCount, groupCount, weights, low, high, bestSum } = this.#query;
    const { cells } = this.#entries;
    const start = this.#entries.starts[listing]!;
    if (start < 0) return 0;
    const matched = this.#matched;
    for (let group = 0; group < groupCount; group++) matched[group] = 0;
    const end = start + (cells[start]! >> LENGTH_BITS);
    let isStale = true;
    for (let i = start + 1; i <= end; i++) {
      const entry = cells[i]!;
      const term = entry >> 1;
      const bit = signatureBit(term);
      if (((bit < 32 ? low : high) & (1 << bit)) === 0) continue;
      if (entry === list) isStale = false;
      const fieldWeight = FIELD_WEIGHTS[entry & 1]!;
      for (let t = 0; t < termCount; t++) {
        if (terms[t] === term && matched[groupOf[t]!]! < fieldWeight) matched[groupOf[t]!] = fieldWeight;
      }
    }
    if (isStale) return 0;
    const norm = K * this.#lengthNorm(cells[start]! & LENGTH_MAX);
    let sum = 0;
    let matches = 0;
    for (let group = 0; group < groupCount; group++) {
      if (matched[group] === 0) continue;
      sum += (weights[group]! * matched[group]!) / (norm + matched[group]!);
      matches++;
    }
    return (matches === groupCount ? 1 : 0) + sum / bestSum;
  }

  save(out: SnapshotWriter): void {
    this.#dictionary.save(out);
    this.#postings.save(out, 'text.postings');
    this.#alive.save(out, 'text.alive');
    this.#entries.save(out, 'text.entries');
    this.#signatures.save(out, 'text.signatures');
    this.#digests.save(out, 'text.digests');
    out.json('text.totals', this.#totals);
  }

  load(from: SnapshotReader): void {
    this.#dictionary.load(from);
    this.#postings.load(from, 'text.postings');
    this.#alive.load(from, 'text.alive');
    this.#entries.load(from, 'text.entries');
    this.#signatures.load(from, 'text.signatures');
    this.#digests.load(from, 'text.digests');
    this.#totals = from.json<Totals>('text.totals');
    this.#reserve(this.#entries.rows);
  }
}

const digest: Hash64 = { high: 0, low: 0 };

function sameEntries(a: Int32Array, b: Int32Array, count: number): boolean {
  for (let i = 0; i < count; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Whether `entry` is among the entries of a listing; the first one is their head. */
function holds(entries: Int32Array, count: number, entry: number): boolean {
  for (let i = 1; i < count; i++) if (entries[i] === entry) return true;
  return false;
}
