/**
 * Strings as dense integers, in order of first appearance: the row numbers of every table. Their characters lie one after the
 * other in one pool, and an open-addressing table with linear probing, at most half full, holds the hash beside the number: a
 * million ids are three typed arrays that finding reads in two places, and nothing that the garbage collector must visit.
 *
 * Hashes are no secret, so somebody may send ids that all fall on one place: what finds no free slot within `PROBES_MAX` of its
 * own goes into a map instead, and nothing becomes slow.
 */
import { assert } from './assert.ts';
import { int32Column, uint8Column } from './column.ts';
import { hash32 } from './hash.ts';
import type { Part, SnapshotReader, SnapshotWriter } from './snapshot.ts';

const SLOTS_MIN = 64;
const PROBES_MAX = 32;
/** A string with a character above this takes two bytes for each. */
const NARROW_MAX = 0xff;
/** Bytes that `starts` can tell apart. */
const UNITS_MAX = 2 ** 31 - 1;

export class Interner implements Part {
  readonly #section: string;
  /** Characters as bytes, or pairs of bytes with the lower one first. */
  readonly #units = uint8Column();
  /** Where a string's characters begin; the complement of that where they are pairs. [strings] */
  readonly #starts = int32Column();
  /** Hash and 1 + number; 0 in a free slot. [slots × 2] */
  #cells = new Int32Array(2 * SLOTS_MIN);
  readonly #crowded = new Map<string, number>();
  /** Those that were asked for. [strings] */
  #texts: (string | undefined)[] = [];
  #bytes: Buffer | undefined;

  /** `section` names the snapshot section. */
  constructor(section: string) {
    this.#section = section;
  }

  get size(): number {
    return this.#starts.length;
  }

  /** The index of `text`, made if new. */
  intern(text: string): number {
    const hash = hash32(text) | 0;
    const known = this.#find(text, hash);
    if (known >= 0) return known;
    if (4 * (this.size + 1) > this.#cells.length) this.#place(this.#cells.length * 2);
    const index = this.#starts.length;
    this.#keep(text);
    this.#texts.push(undefined);
    if (!this.#put(hash, index)) this.#crowded.set(text, index);
    return index;
  }

  /** The index of `text`, or -1. */
  find(text: string): number {
    return this.#find(text, hash32(text) | 0);
  }

  #find(text: string, hash: number): number {
    const cells = this.#cells;
    const mask = cells.length / 2 - 1;
    for (let probe = 0, slot = hash & mask; probe < PROBES_MAX; probe++, slot = (slot + 1) & mask) {
      const index = cells[2 * slot + 1]! - 1;
      if (index < 0) return -1;
      if (cells[2 * slot] === hash && this.#holds(index, text)) return index;
    }
    return this.#crowded.get(text) ?? -1;
  }

  #holds(index: number, text: string): boolean {
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

  /** Whether there was a free slot near the hash's own. */
  #put(hash: number, index: number): boolean {
    const cells = this.#cells;
    const mask = cells.length / 2 - 1;
    for (let probe = 0, slot = hash & mask; probe < PROBES_MAX; probe++, slot = (slot + 1) & mask) {
      if (cells[2 * slot + 1] !== 0) continue;
      cells[2 * slot] = hash;
      cells[2 * slot + 1] = index + 1;
      return true;
    }
    return false;
  }

  /** Everything into a new table. */
  #place(cells: number): void {
    const before = this.#cells;
    const crowded = [...this.#crowded];
    this.#cells = new Int32Array(cells);
    this.#crowded.clear();
    for (let at = 0; at < before.length; at += 2) {
      const index = before[at + 1]! - 1;
      if (index >= 0 && !this.#put(before[at]!, index)) this.#crowded.set(this.text(index), index);
    }
    for (const [text, index] of crowded) if (!this.#put(hash32(text) | 0, index)) this.#crowded.set(text, index);
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
    out.array(`${this.#section}.cells`, this.#cells);
    out.json(`${this.#section}.crowded`, [...this.#crowded.values()]);
  }

  load(from: SnapshotReader): void {
    this.#starts.load(from, `${this.#section}.starts`);
    this.#units.load(from, `${this.#section}.units`);
    this.#cells = from.array(`${this.#section}.cells`, Int32Array) as Int32Array<ArrayBuffer>;
    this.#texts = new Array<string | undefined>(this.size).fill(undefined);
    this.#crowded.clear();
    for (const index of from.json<number[]>(`${this.#section}.crowded`)) this.#crowded.set(this.text(index), index);
  }
}
