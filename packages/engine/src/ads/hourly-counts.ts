/**
 * How much came to each cell (a placement, or a placement and a segment) in each UTC hour of the last weeks: whole numbers in a
 * ring of hours for each cell, and one more row for all cells together. Counting commutes within the window: what comes late
 * counts for its own hour; what is older than the window is left out.
 */

import { float64Column, int32Column } from '../base/column.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import type { Millis } from '../base/units.ts';
import { MILLIS_PER_HOUR } from '../base/units.ts';

const WEEK_HOURS = 168;
const COUNT_MAX = 2 ** 31 - 1;
const NEVER = -1;

export class HourlyCounts implements Part {
  /** Hours remembered: whole weeks, so that the place in the ring tells the hour of the week. */
  readonly span: number;
  // Row 0 is all cells, row c + 1 is cell c.
  readonly #counts = int32Column(); // [rows × span]
  readonly #first = int32Column(NEVER); // [rows]
  readonly #last = int32Column(NEVER); // [rows]
  /** Ever, the window or not. */
  readonly #total = float64Column(); // [rows]
  readonly #section: string;

  /** `section` names the snapshot sections. */
  constructor(weeks: number, section = 'hourly-counts') {
    this.span = weeks * WEEK_HOURS;
    this.#section = section;
  }

  add(cell: number, at: Millis, count = 1): void {
    const rows = Math.max(cell + 2, this.#first.length);
    this.#counts.resize(rows * this.span);
    for (const column of [this.#first, this.#last, this.#total]) column.resize(rows);
    const hour = Math.floor(at / MILLIS_PER_HOUR);
    this.#addTo(0, hour, count);
    this.#addTo(cell + 1, hour, count);
  }

  #addTo(row: number, hour: number, count: number): void {
    this.#total.data[row]! += count;
    const last = this.#last.data[row]!;
    const first = this.#first.data[row]!;
    if (first === NEVER || hour < first) this.#first.data[row] = hour;
    if (last !== NEVER && hour <= last - this.span) return;
    const base = row * this.span;
    const counts = this.#counts.data;
    if (last !== NEVER) {
      for (let next = Math.max(last + 1, hour - this.span + 1); next <= hour; next++)
        counts[base + (next % this.span)] = 0;
    }
    if (hour > last) this.#last.data[row] = hour;
    const slot = base + (hour % this.span);
    counts[slot] = Math.min(COUNT_MAX, counts[slot]! + count);
  }

  /** Ever counted; -1 stands for all cells. */
  total(cell: number): number {
    return cell + 1 < this.#total.length ? this.#total.data[cell + 1]! : 0;
  }

  /** The hour of the first count, or -1. */
  firstHour(cell: number): number {
    return cell + 1 < this.#first.length ? this.#first.data[cell + 1]! : NEVER;
  }

  /** The hour of the latest count, or -1. */
  lastHour(cell: number): number {
    return cell + 1 < this.#last.length ? this.#last.data[cell + 1]! : NEVER;
  }

  /** Writes the counts of the hours `from` … `from + out.length − 1`: 0 where nothing is remembered. Cell -1: all together. */
  read(cell: number, from: number, out: Float64Array): void {
    out.fill(0);
    if (cell + 1 >= this.#first.length) return;
    const last = this.#last.data[cell + 1]!;
    if (last === NEVER) return;
    const base = (cell + 1) * this.span;
    const begin = Math.max(from, last - this.span + 1, 0);
    const end = Math.min(from + out.length - 1, last);
    const counts = this.#counts.data;
    for (let hour = begin, slot = begin % this.span; hour <= end; hour++) {
      out[hour - from] = counts[base + slot]!;
      if (++slot === this.span) slot = 0;
    }
  }

  save(out: SnapshotWriter): void {
    this.#counts.save(out, `${this.#section}.counts`);
    this.#first.save(out, `${this.#section}.first`);
    this.#last.save(out, `${this.#section}.last`);
    this.#total.save(out, `${this.#section}.total`);
  }

  load(from: SnapshotReader): void {
    this.#counts.load(from, `${this.#section}.counts`);
    this.#first.load(from, `${this.#section}.first`);
    this.#last.load(from, `${this.#section}.last`);
    this.#total.load(from, `${this.#section}.total`);
  }
}
