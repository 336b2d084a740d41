/**
 * An incremental inverted index over listings' words: term → listings, newest last, once for titles and once for the rest;
 * and, the other way, listing → its terms. Searching reads the first; where it may be stale, the second is
 * the truth: a posting whose listing has since lost the term is stale and matches nothing, and a term's list is rewritten when
 * more than half of it is such postings.
 *
 * Score, after BM25F (Robertson & Zaragoza, "The Probabilistic Relevance Framework", 2009):
 *   t = w / (1 − b + b · L / L̄),  r = Σ idf · t / (k + t) ÷ Σ idf · T / (k + T)  with T = 1 / (1 − b)
 * summed over the query's words above the line where they match, and over all of them below it; w is the field's
 * weight, L the title's length in words (at most LENGTH_MAX), L̄ its mean. So 0 < r < 1; a listing that
 * matches all words scores 1 + r, and thus before all that do not. Of equals the newer (higher index) comes first.
 *
 * A query reads the lists of its words from the rarest word on, titles first, newest postings first, and marks on each listing
 * which words it has where; a posting carries its title's length, so that marks are all that a score needs. Work is bounded:
 * at most MARKS_MAX listings are marked, and of READS_MAX postings each word has its part; once so many are marked, the rest
 * of the lists only adds to their marks. Below the bound the result is exact; above it, it is the best of the newest that
 * have the rarest words.
 */
import { assert } from '../base/assert.ts';
import { int32Column } from '../base/column.ts';
import { type Hash64, hash64 } from '../base/hash.ts';
import { IntLists } from '../base/int-lists.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { BestMarked } from './best-marked.ts';
import { ListingMarks } from './listing-marks.ts';
import type { ListingTerms } from './listing-terms.ts';
import { TextDictionary } from './text-dictionary.ts';
import { GROUPS_MAX, TextQuery } from './text-query.ts';
import type { Word } from './text-tokens.ts';

const TITLE_TERMS_MAX = 40;
const TERMS_MAX = 64;
/** Of the title, of the rest. */
const FIELD_WEIGHTS = [1, 0.4];
const K = 1.2;
const B = 0.6;
const BEST_SHARE = 1 / (1 + K * (1 - B));

const READS_MAX = 32_768;

/** Garbage that a list may have whatever its length. */
const STALE_FREE = 16;

const TITLE = 0;
const OTHER = 1;

/** A posting is the listing × 32 + its title's length. */
const LENGTH_BITS = 5;
const LENGTH_MAX = 2 ** LENGTH_BITS - 1;
const LENGTHS = LENGTH_MAX + 1;
const LISTINGS_MAX = 2 ** (31 - LENGTH_BITS);

/** A mark is a title's length and, above it, for each word of the query two bits: whether the listing has it in its title, elsewhere. */
const FIELDS = 2;
const wordBit = (rank: number, field: number): number => 1 << (LENGTH_BITS + FIELDS * rank + field);

interface Totals {
  listings: number;
  titleWords: number;
}

export class TextIndex implements Part {
  readonly #dictionary = new TextDictionary();
  readonly #postings = new IntLists(); // [2 × terms]: of listings that have the term in the title, elsewhere
  readonly #alive = int32Column(); // [2 × terms]: how many of the postings still hold; the others are stale
  readonly #entries = new IntLists(); // [listings]: 32 × count + title length, then `count` times 2 × term + field
  readonly #stale = int32Column(); // [listings]: how many stale postings the listing has
  readonly #digests = int32Column(); // [listings × 2]: of the texts that the terms were made of; 0, 0 where not known
  #totals: Totals = { listings: 0, titleWords: 0 };

  // Scratch, never saved: its content has no influence on what is returned.
  readonly #query = new TextQuery();
  readonly #best = new BestMarked();
  readonly #next = new Int32Array(TERMS_MAX + 1);
  readonly #last = new Int32Array(TERMS_MAX + 1);
  readonly #shares = new Float64Array(GROUPS_MAX * FIELDS * LENGTHS); // [ranks × fields × lengths]: of a match in a score
  readonly #marks = new ListingMarks(); // empty between queries
  #seen = new Uint32Array(0); // [listings]: the last pass that met the listing
  #pass = 0;
  readonly #countOf = (term: number): number => this.#alive.data[2 * term]! + this.#alive.data[2 * term + 1]!;

  readonly #scoreOf = (mark: number): number => {
    const { groupCount } = this.#query;
    const length = mark & LENGTH_MAX;
    let sum = 0;
    let matches = 0;
    let at = length;
    for (let bits = mark >>> LENGTH_BITS; bits !== 0; bits >>>= FIELDS, at += FIELDS * LENGTHS) {
      if ((bits & 3) === 0) continue;
      sum += this.#shares[(bits & 1) === 0 ? at + LENGTHS : at]!;
      matches++;
    }
    return matches === groupCount ? 1 + sum : sum;
  };

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
    for (let i = 1; i < lastCount; i++)
      if (isMoved || !holds(next, count, last[i]!)) this.#dropPosting(listing, last[i]!);
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
    this.#stale.resize(listings);
    if (listings <= this.#seen.length) return;
    this.#seen = new Uint32Array(Math.max(1024, Math.ceil(listings * 1.5)));
    this.#pass = 0;
  }

  #addPosting(list: number, posting: number): void {
    this.#postings.push(list, posting);
    this.#alive.data[list]!++;
  }

  #dropPosting(listing: number, list: number): void {
    this.#stale.data[listing]!++;
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
      if (this.#seen[listing] === pass || !this.#has(listing, posting & LENGTH_MAX, list)) {
        this.#stale.data[listing]!--;
        continue;
      }
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
    if (query.knownCount === 0 || limit <= 0) return 0;
    this.#fillShares();
    this.#markMatches();
    const found = this.#best.take(this.#marks, this.#scoreOf, limit, listings, scores);
    this.#marks.clear();
    return found;
  }

  /** What a match of each word, in each field of a listing with each length of the title, adds to a score. */
  #fillShares(): void {
    const { order, knownCount, weights, bestSum } = this.#query;
    for (let rank = 0; rank < knownCount; rank++) {
      const weight = weights[order[rank]!]! / bestSum;
      for (let field = TITLE; field <= OTHER; field++) {
        const fieldWeight = FIELD_WEIGHTS[field]!;
        const at = (FIELDS * rank + field) * LENGTHS;
        for (let length = 0; length < LENGTHS; length++) {
          this.#shares[at + length] = (weight * fieldWeight) / (K * this.#lengthNorm(length) + fieldWeight);
        }
      }
    }
  }

  #lengthNorm(length: number): number {
    return 1 - B + (B * length * this.#totals.listings) / Math.max(this.#totals.titleWords, this.#totals.listings);
  }

  #markMatches(): void {
    const { order, knownCount, terms, groupOf, termCount } = this.#query;
    let reads = READS_MAX;
    for (let rank = 0; rank < knownCount; rank++) {
      let readsOfWord = Math.floor(reads / (knownCount - rank));
      reads -= readsOfWord;
      for (let field = TITLE; field <= OTHER; field++) {
        for (let i = 0; i < termCount; i++) {
          if (groupOf[i] !== order[rank]) continue;
          readsOfWord -= this.#markList(FIELDS * terms[i]! + field, wordBit(rank, field), readsOfWord);
        }
      }
      reads += readsOfWord;
    }
  }

  /** Marks the listings of the newest postings of a list, at most `readsMax`; returns how many it has read. */
  #markList(list: number, bit: number, readsMax: number): number {
    const { cells } = this.#postings;
    const length = this.#postings.lengths[list]!;
    const reads = Math.min(length, readsMax);
    const start = this.#postings.starts[list]!;
    const isExact = length === this.#alive.data[list];
    const stale = this.#stale.data;
    const marks = this.#marks;
    for (let i = start + length - 1; i >= start + length - reads; i--) {
      const posting = cells[i]!;
      const listing = posting >> LENGTH_BITS;
      const slot = marks.find(listing);
      if (slot < 0) continue;
      if (!isExact && stale[listing] !== 0 && !this.#has(listing, posting & LENGTH_MAX, list)) continue;
      marks.add(slot, listing, bit | (posting & LENGTH_MAX));
    }
    return reads;
  }

  save(out: SnapshotWriter): void {
    this.#dictionary.save(out);
    this.#postings.save(out, 'text.postings');
    this.#alive.save(out, 'text.alive');
    this.#entries.save(out, 'text.entries');
    this.#stale.save(out, 'text.stale');
    this.#digests.save(out, 'text.digests');
    out.json('text.totals', this.#totals);
  }

  load(from: SnapshotReader): void {
    this.#dictionary.load(from);
    this.#postings.load(from, 'text.postings');
    this.#alive.load(from, 'text.alive');
    this.#entries.load(from, 'text.entries');
    this.#stale.load(from, 'text.stale');
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
