/**
 * Many growing lists of integers in one typed array. A list lives in a region whose capacity is a function of its length
 * (1, 2, 3, 4, 6, 8, 12, 16, …: at most a third of it is unused); outgrown regions are kept by capacity and given out again.
 * So a million short lists cost a few typed arrays, and what is saved and loaded goes on exactly as it would have.
 */
import { assert } from './assert.ts';
import { int32Column } from './column.ts';
import type { SnapshotReader, SnapshotWriter } from './snapshot.ts';

/** Capacities are numbered 0, 1, 2, … for 1, 2, 3, 4, 6, 8, 12, …: this is the number of the least one ≥ `length` ≥ 1. */
function sizeClass(length: number): number {
  if (length <= 2) return length - 1;
  const log = 31 - Math.clz32(length - 1);
  return length <= 3 * 2 ** (log - 1) ? 2 * log : 2 * log + 1;
}

function capacityOf(sizeClassNumber: number): number {
  if (sizeClassNumber < 2) return sizeClassNumber + 1;
  const log = sizeClassNumber >> 1;
  return sizeClassNumber % 2 === 0 ? 3 * 2 ** (log - 1) : 2 ** (log + 1);
}

export class IntLists {
  readonly #pool = int32Column();
  readonly #starts = int32Column(-1); // [rows]
  readonly #lengths = int32Column(); // [rows]
  #free = new Int32Array(64).fill(-1); // [size classes]: first unused region; its first cell points to the next

  get rows(): number {
    return this.#lengths.length;
  }

  /** The cells of all lists: that of `row` is [start(row), start(row) + length(row)). Valid until the next change. */
  get cells(): Int32Array {
    return this.#pool.data;
  }

  get starts(): Int32Array {
    return this.#starts.data;
  }

  get lengths(): Int32Array {
    return this.#lengths.data;
  }

  /** Makes rows up to `rows` − 1, empty. */
  reserve(rows: number): void {
    this.#starts.resize(rows);
    this.#lengths.resize(rows);
  }

  push(row: number, value: number): void {
    const length = this.#lengths.data[row]!;
    this.#resize(row, length + 1);
    this.#pool.data[this.#starts.data[row]! + length] = value;
  }

  /** Replaces a list by the first `count` of `values`. */
  set(row: number, values: Int32Array, count: number): void {
    this.#resize(row, count);
    const start = this.#starts.data[row]!;
    for (let i = 0; i < count; i++) this.#pool.data[start + i] = values[i]!;
  }

  /** Where an ascending list has `value`, or where it would have it: the index of the first that is not less. */
  lowerBound(row: number, value: number): number {
    const start = this.#starts.data[row]!;
    let low = 0;
    for (let high = this.#lengths.data[row]!; low < high; ) {
      const middle = (low + high) >> 1;
      if (this.#pool.data[start + middle]! < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Puts a value into an ascending list that does not have it. */
  insert(row: number, value: number): void {
    const at = this.lowerBound(row, value);
    this.push(row, value);
    const start = this.#starts.data[row]!;
    this.#pool.data.copyWithin(start + at + 1, start + at, start + this.#lengths.data[row]! - 1);
    this.#pool.data[start + at] = value;
  }

  /** Takes a value out of an ascending list that has it. */
  remove(row: number, value: number): void {
    const at = this.lowerBound(row, value);
    const start = this.#starts.data[row]!;
    const length = this.#lengths.data[row]!;
    assert(this.#pool.data[start + at] === value && at < length, 'the list does not have the value', value);
    this.#pool.data.copyWithin(start + at, start + at + 1, start + length);
    this.#resize(row, length - 1);
  }

  /** The values of a list; a view that the next change makes invalid. */
  view(row: number): Int32Array {
    if (row >= this.rows || this.#lengths.data[row] === 0) return NONE;
    const start = this.#starts.data[row]!;
    return this.#pool.data.subarray(start, start + this.#lengths.data[row]!);
  }

  /** Shortens a list to its first `length` values. */
  truncate(row: number, length: number): void {
    assert(length <= this.#lengths.data[row]!, 'a list cannot be truncated to more than it has', length);
    this.#resize(row, length);
  }

  #resize(row: number, length: number): void {
    const starts = this.#starts.data;
    const lengthBefore = this.#lengths.data[row]!;
    this.#lengths.data[row] = length;
    const from = lengthBefore === 0 ? -1 : sizeClass(lengthBefore);
    const to = length === 0 ? -1 : sizeClass(length);
    if (from === to) return;
    const startBefore = starts[row]!;
    const start = to < 0 ? -1 : this.#allocate(to);
    if (from >= 0) {
      if (to >= 0) this.#pool.data.copyWithin(start, startBefore, startBefore + Math.min(lengthBefore, length));
      this.#pool.data[startBefore] = this.#free[from]!;
      this.#free[from] = startBefore;
    }
    starts[row] = start;
  }

  #allocate(sizeClassNumber: number): number {
    const start = this.#free[sizeClassNumber]!;
    if (start < 0) return this.#pool.extend(capacityOf(sizeClassNumber));
    this.#free[sizeClassNumber] = this.#pool.data[start]!;
    return start;
  }

  save(out: SnapshotWriter, name: string): void {
    this.#pool.save(out, `${name}.cells`);
    this.#starts.save(out, `${name}.starts`);
    this.#lengths.save(out, `${name}.lengths`);
    out.array(`${name}.free`, this.#free);
  }

  load(from: SnapshotReader, name: string): void {
    this.#pool.load(from, `${name}.cells`);
    this.#starts.load(from, `${name}.starts`);
    this.#lengths.load(from, `${name}.lengths`);
    this.#free = from.array(`${name}.free`, Int32Array) as Int32Array<ArrayBuffer>;
  }
}

const NONE = new Int32Array(0);
