/**
 * Growable columns over typed arrays. `data` is the backing array (valid in [0, length)); it is replaced when the column
 * grows, so hot loops read it into a local first and never keep it across a call that may push.
 */
import type { SnapshotReader, SnapshotWriter, TypedArrayMaker } from './snapshot.ts';
import type { TypedArray } from './typed-array.ts';

export class Column<T extends TypedArray> {
  data: T;
  length = 0;
  readonly #make: TypedArrayMaker<T>;
  readonly #fill: number;

  /** `fill` is the value of cells that `resize` adds. */
  constructor(make: TypedArrayMaker<T>, fill = 0) {
    this.#make = make;
    this.#fill = fill;
    this.data = new make(16);
  }

  #reserve(capacity: number): void {
    if (capacity <= this.data.length) return;
    const next = new this.#make(Math.max(capacity, 2 * this.data.length));
    next.set(this.data.subarray(0, this.length) as never);
    this.data = next;
  }

  /** Appends a value and returns its index. */
  push(value: number): number {
    const index = this.length;
    if (index === this.data.length) this.#reserve(index + 1);
    this.data[index] = value;
    this.length = index + 1;
    return index;
  }

  /** Appends `count` cells of the fill value and returns the index of the first. */
  extend(count: number): number {
    const start = this.length;
    this.resize(start + count);
    return start;
  }

  /** Grows to `length` with the fill value; never shrinks. */
  resize(length: number): void {
    if (length <= this.length) return;
    this.#reserve(length);
    this.data.fill(this.#fill, this.length, length);
    this.length = length;
  }

  /** Takes the last value away and returns it. */
  pop(): number {
    return this.data[--this.length]!;
  }

  /** Takes the first `count` values away. */
  shift(count: number): void {
    this.data.copyWithin(0, count, this.length);
    this.length -= count;
  }

  /** Puts the fill value back into a cell. */
  reset(index: number): void {
    this.data[index] = this.#fill;
  }

  clear(): void {
    this.length = 0;
  }

  /** The valid part, without a copy. */
  view(): T {
    return this.data.subarray(0, this.length) as T;
  }

  /** The valid part by itself; the column is empty then, and its memory free for what comes next. */
  take(): T {
    const taken = this.data.slice(0, this.length) as T;
    this.data = new this.#make(0);
    this.length = 0;
    return taken;
  }

  save(out: SnapshotWriter, name: string): void {
    out.array(name, this.view());
  }

  load(from: SnapshotReader, name: string): void {
    this.data = from.array(name, this.#make);
    this.length = this.data.length;
  }
}

export const int32Column = (fill = 0): Column<Int32Array> => new Column(Int32Array, fill);
export const uint32Column = (fill = 0): Column<Uint32Array> => new Column(Uint32Array, fill);
export const uint8Column = (fill = 0): Column<Uint8Array> => new Column(Uint8Array, fill);
export const float32Column = (fill = 0): Column<Float32Array> => new Column(Float32Array, fill);
export const float64Column = (fill = 0): Column<Float64Array> => new Column(Float64Array, fill);
