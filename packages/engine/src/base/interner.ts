/**
 * Strings as dense integers, in order of first appearance: the row numbers of every table. Their characters lie one after the
 * other in one pool, and slots hold their hashes: a million ids are three typed arrays that finding reads in two places, and
 * nothing that the garbage collector must visit.
 */
import { assert } from './assert.ts';
import { int32Column, uint8Column } from './column.ts';
import { HashSlots, hashOf, type TextRows } from './hash-slots.ts';
import type { Part, SnapshotReader, SnapshotWriter } from './snapshot.ts';

/** A string with a character above this takes two bytes for each. */
const NARROW_MAX = 0xff;
/** Bytes that `starts` can tell apart. */
const UNITS_MAX = 2 ** 31 - 1;

export class Interner implements Part, TextRows {
  readonly #section: string;
  /** Characters as bytes, or pairs of bytes with the lower one first. */
  readonly #units = uint8Column();
  /** Where a string's characters begin; the complement of that where they are pairs. [strings] */
  readonly #starts = int32Column();
  readonly #slots: HashSlots;
  /** Those that were asked for. [strings] */
  #texts: (string | undefined)[] = [];
  #bytes: Buffer | undefined;

  /** `section` names the snapshot section. */
  constructor(section: string) {
    this.#section = section;
    this.#slots = new HashSlots(section, this);
  }

  get size(): number {
    return this.#starts.length;
  }

  /** The index of `text`, made if new. */
  intern(text: string): number {
    const hash = hashOf(text);
    const known = this.#slots.find(text, hash);
    if (known >= 0) return known;
    const index = this.#starts.length;
    this.#slots.reserve(index + 1);
    this.#keep(text);
    this.#texts.push(undefined);
    this.#slots.add(text, hash, index);
    return index;
  }

  /** The index of `text`, or -1. */
  find(text: string): number {
    return this.#slots.find(text, hashOf(text));
  }

  holds(index: number, text: string): boolean {
    const units = this.#units.data;
    const start = this.#starts.data[index]!;
    if (start < 0) return this.text(index) === text;
    if (this.#end(index) - start !== text.length) return false;
    for (let i = 0; i < text.length; i++) if (units[start + i] !== text.charCodeAt(i)) return false;
    return true;
  }

  #end(index: number): number {
    if (index + 1 === this.#starts.length) return this.#units.length;
    const next = this.#starts.data[index + 1]!;
    return next < 0 ? ~next : next;
  }

  text(index: number): string {
    const known = this.#texts[index];
    if (known !== undefined) return known;
    const start = this.#starts.data[index]!;
    const { data } = this.#units;
    if (this.#bytes?.buffer !== data.buffer) this.#bytes = Buffer.from(data.buffer, data.byteOffset, data.length);
    const text = this.#bytes.toString(start < 0 ? 'utf16le' : 'latin1', start < 0 ? ~start : start, this.#end(index));
    this.#texts[index] = text;
    return text;
  }

  #keep(text: string): void {
    const { length } = text;
    const units = this.#units;
    const start = units.extend(length);
    assert(start + 2 * length <= UNITS_MAX, 'a table holds too much text', `${this.#section} ${start}`);
    for (let i = 0; i < length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > NARROW_MAX) {
        units.extend(length);
        this.#keepWide(text, start);
        return;
      }
      units.data[start + i] = unit;
    }
    this.#starts.push(start);
  }

  #keepWide(text: string, start: number): void {
    const { data } = this.#units;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      data[start + 2 * i] = unit & NARROW_MAX;
      data[start + 2 * i + 1] = unit >>> 8;
    }
    this.#starts.push(~start);
  }

  save(out: SnapshotWriter): void {
    this.#starts.save(out, `${this.#section}.starts`);
    this.#units.save(out, `${this.#section}.units`);
    this.#slots.save(out);
  }

  load(from: SnapshotReader): void {
    this.#starts.load(from, `${this.#section}.starts`);
    this.#units.load(from, `${this.#section}.units`);
    this.#texts = new Array<string | undefined>(this.size).fill(undefined);
    this.#slots.load(from);
  }
}
