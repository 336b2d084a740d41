/**
 * Every word that a listing was ever indexed by, as a dense id, with three ways to it:
 * - by a surface: the stems that listings with that surface were indexed under, whatever their language. A French query
 *   "nike" (stem "nik") thus finds the English "nike", and an English query "hauser" the German "Häuser" (stem "haus");
 * - by a prefix: words are kept in buckets by their first three letters (in Chinese, Japanese and Korean the first one);
 * - by one edit (a letter wrong, missing, extra, or two neighbours swapped): an edit behind the third letter leaves the
 *   prefix bucket the same, one before it leaves first letter and last two letters the same, which are the other buckets.
 *   The first letter must be right. (In a word of five letters a swap of the third and fourth is missed, too.)
 *
 * A bucket is read up to `BUCKET_READS_MAX` words, oldest first, as frequent words come early.
 */
import { uint8Column } from '../base/column.ts';
import { IntLists } from '../base/int-lists.ts';
import { Interner } from '../base/interner.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import type { Word } from './text-tokens.ts';

const BUCKET_READS_MAX = 500;
const FIRST_EAST_ASIAN = 0x2e80;

function prefixKey(surface: string): string {
  const length = surface.charCodeAt(0) >= FIRST_EAST_ASIAN ? 1 : 3;
  return surface.length < length ? '' : surface.slice(0, length);
}

/** '~' is never part of a word, so these keys and prefixes never meet. */
const endsKey = (surface: string): string => `${surface.slice(0, 1)}~${surface.slice(-2)}`;

/** Whether one insertion, deletion, substitution or swap of neighbours makes `b` of `a`, or none. */
function withinOneEdit(a: string, b: string): boolean {
  const shorter = a.length <= b.length ? a : b;
  const longer = a.length <= b.length ? b : a;
  const more = longer.length - shorter.length;
  if (more > 1) return false;
  let at = 0;
  while (at < shorter.length && shorter.charCodeAt(at) === longer.charCodeAt(at)) at++;
  if (more === 1) return shorter.slice(at) === longer.slice(at + 1);
  if (shorter.slice(at + 1) === longer.slice(at + 1)) return true;
  const swapped = shorter[at] === longer[at + 1] && shorter[at + 1] === longer[at];
  return swapped && shorter.slice(at + 2) === longer.slice(at + 2);
}

export class TextDictionary implements Part {
  readonly #words = new Interner('text.words');
  readonly #isSurface = uint8Column(); // [words]
  readonly #stems = new IntLists(); // [words]: a surface's stems
  readonly #keys = new Interner('text.keys');
  readonly #buckets = new IntLists(); // [keys]: surfaces

  get size(): number {
    return this.#words.size;
  }

  text(word: number): string {
    return this.#words.text(word);
  }

  /** The id of the word's stem, made if new. */
  add(word: Word): number {
    const surface = this.#intern(word.surface);
    if (this.#isSurface.data[surface] === 0) this.#addToBuckets(word.surface, surface);
    if (word.stem === word.surface) return this.#link(surface, surface);
    return this.#link(surface, this.#intern(word.stem));
  }

  #intern(text: string): number {
    const word = this.#words.intern(text);
    this.#isSurface.resize(word + 1);
    this.#stems.reserve(word + 1);
    return word;
  }

  #link(surface: number, stem: number): number {
    const { cells, starts, lengths } = this.#stems;
    const end = starts[surface]! + lengths[surface]!;
    for (let i = starts[surface]!; i < end; i++) if (cells[i] === stem) return stem;
    this.#stems.push(surface, stem);
    return stem;
  }

  #addToBuckets(text: string, surface: number): void {
    this.#isSurface.data[surface] = 1;
    if (/^\d+$/.test(text)) return;
    const prefix = prefixKey(text);
    if (prefix !== '') this.#pushToBucket(prefix, surface);
    if (text.length >= 4 && !/\d/.test(text)) this.#pushToBucket(endsKey(text), surface);
  }

  #pushToBucket(key: string, surface: number): void {
    const bucket = this.#keys.intern(key);
    this.#buckets.reserve(bucket + 1);
    this.#buckets.push(bucket, surface);
  }

  /** Calls `visit` with the ids of the word's stem and of every stem that its surface has in the listings. */
  visitStems(word: Word, visit: (stem: number) => void): void {
    const stem = this.#words.find(word.stem);
    if (stem >= 0) visit(stem);
    const surface = word.stem === word.surface ? stem : this.#words.find(word.surface);
    if (surface >= 0) this.visitStemsOf(surface, visit);
  }

  visitStemsOf(surface: number, visit: (stem: number) => void): void {
    const { cells, starts, lengths } = this.#stems;
    const end = starts[surface]! + lengths[surface]!;
    for (let i = starts[surface]!; i < end; i++) visit(cells[i]!);
  }

  /** Surfaces that begin with `text` and are longer. */
  visitPrefixed(text: string, visit: (surface: number) => void): void {
    const key = prefixKey(text);
    if (key === '') return;
    this.#visitBucket(key, (surface, known) => {
      if (known.length > text.length && known.startsWith(text)) visit(surface);
    });
  }

  /** Surfaces one edit away from `text`, some of them twice. */
  visitOneEdit(text: string, visit: (surface: number) => void): void {
    const near = (surface: number, known: string): void => {
      if (Math.abs(known.length - text.length) <= 1 && withinOneEdit(text, known)) visit(surface);
    };
    this.#visitBucket(prefixKey(text), near);
    this.#visitBucket(endsKey(text), near);
  }

  #visitBucket(key: string, visit: (surface: number, text: string) => void): void {
    const bucket = this.#keys.find(key);
    if (bucket < 0) return;
    const { cells, starts, lengths } = this.#buckets;
    const end = starts[bucket]! + Math.min(lengths[bucket]!, BUCKET_READS_MAX);
    for (let i = starts[bucket]!; i < end; i++) visit(cells[i]!, this.#words.text(cells[i]!));
  }

  save(out: SnapshotWriter): void {
    this.#words.save(out);
    this.#isSurface.save(out, 'text.surfaces');
    this.#stems.save(out, 'text.stems');
    this.#keys.save(out);
    this.#buckets.save(out, 'text.buckets');
  }

  load(from: SnapshotReader): void {
    this.#words.load(from);
    this.#isSurface.load(from, 'text.surfaces');
    this.#stems.load(from, 'text.stems');
    this.#keys.load(from);
    this.#buckets.load(from, 'text.buckets');
  }
}
