/** Rows of numbers by a pair of integers; and the same by a hash for so long as it may be asked about. */
import { float64Column, int32Column } from '../base/column.ts';
import { type Hash64, hash64 } from '../base/hash.ts';
import { PairIndex } from '../base/pair-index.ts';
import type { SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';

export interface RowShape {
  /** Cells of a row in `numbers` and in `integers`. */
  readonly numbers: number;
  readonly integers: number;
}

export class KeyedRows {
  readonly #shape: RowShape;
  readonly #index = new PairIndex();
  readonly #numbers = float64Column(); // [rows × numbers]
  readonly #integers = int32Column(); // [rows × integers]

  constructor(shape: RowShape) {
    this.#shape = shape;
  }

  /** Replaced when rows are added: read it after `rowFor`. */
  get numbers(): Float64Array {
    return this.#numbers.data;
  }

  /** The same. */
  get integers(): Int32Array {
    return this.#integers.data;
  }

  get size(): number {
    return this.#index.size;
  }

  find(a: number, b: number): number {
    return this.#index.find(a, b);
  }

  /** The row, made of zeros if new. Neither key may be negative. */
  rowFor(a: number, b: number): number {
    const known = this.#index.find(a, b);
    if (known >= 0) return known;
    const row = this.#index.size;
    this.#index.add(a, b, row);
    this.#numbers.resize((row + 1) * this.#shape.numbers);
    this.#integers.resize((row + 1) * this.#shape.integers);
    return row;
  }

  save(out: SnapshotWriter, name: string): void {
    this.#index.save(out, `${name}.index`);
    this.#numbers.save(out, `${name}.numbers`);
    this.#integers.save(out, `${name}.integers`);
  }

  load(from: SnapshotReader, name: string): void {
    this.#index.load(from, `${name}.index`);
    this.#numbers.load(from, `${name}.numbers`);
    this.#integers.load(from, `${name}.integers`);
  }
}

export interface FoundRow {
  readonly rows: KeyedRows;
  readonly row: number;
}

const hash: Hash64 = { high: 0, low: 0 };
const NON_NEGATIVE = 0x7fffffff;

/**
 * Rows by texts, kept for one to two periods after they were made: the latest generation of a period and the one before. As in
 * `SeenEvents`, a clock that jumps ahead turns them over once at most.
 */
export class RecentRows {
  readonly #name: string;
  readonly #periodMs: number;
  readonly #shape: RowShape;
  #current: KeyedRows;
  #previous: KeyedRows;
  #generation = 0;

  constructor(name: string, periodMs: number, shape: RowShape) {
    this.#name = name;
    this.#periodMs = periodMs;
    this.#shape = shape;
    this.#current = new KeyedRows(shape);
    this.#previous = new KeyedRows(shape);
  }

  /** By 62 bits of hash. */
  find(key: string): FoundRow | undefined {
    hash64(key, hash);
    for (const rows of [this.#current, this.#previous]) {
      const row = rows.find(hash.high & NON_NEGATIVE, hash.low & NON_NEGATIVE);
      if (row >= 0) return { rows, row };
    }
    return undefined;
  }

  /** The row, made of zeros if new. `now` is the latest time seen. */
  rowFor(key: string, now: number): FoundRow {
    const known = this.find(key);
    if (known) return known;
    const generation = Math.floor(now / this.#periodMs);
    if (generation > this.#generation) {
      this.#previous = this.#current;
      this.#current = new KeyedRows(this.#shape);
      this.#generation = generation;
    }
    return { rows: this.#current, row: this.#current.rowFor(hash.high & NON_NEGATIVE, hash.low & NON_NEGATIVE) };
  }

  save(out: SnapshotWriter): void {
    out.json(`${this.#name}.generation`, this.#generation);
    this.#current.save(out, `${this.#name}.current`);
    this.#previous.save(out, `${this.#name}.previous`);
  }

  load(from: SnapshotReader): void {
    this.#generation = from.json<number>(`${this.#name}.generation`);
    this.#current.load(from, `${this.#name}.current`);
    this.#previous.load(from, `${this.#name}.previous`);
  }
}
