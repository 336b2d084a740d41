/**
 * Rows in the order in which they were last met, in one of several lists: doubly linked, so that meeting a row, taking it out and
 * finding the one that was met longest ago cost O(1), however many there are.
 */
import { int32Column } from './column.ts';
import type { Part, SnapshotReader, SnapshotWriter } from './snapshot.ts';

const NONE = -1;

export class RecencyLists implements Part {
  readonly #section: string;
  // Columns, all [rows]; of a row that is in no list, NONE.
  readonly #list = int32Column(NONE);
  readonly #earlier = int32Column(NONE);
  readonly #later = int32Column(NONE);
  // [lists]
  #oldest: Int32Array;
  #latest: Int32Array;

  /** `section` names the snapshot sections. */
  constructor(section: string, lists: number) {
    this.#section = section;
    this.#oldest = new Int32Array(lists).fill(NONE);
    this.#latest = new Int32Array(lists).fill(NONE);
  }

  /** The row of a list that was met longest ago, or -1. */
  oldest(list: number): number {
    return this.#oldest[list]!;
  }

  /** Makes the row the latest of the list, wherever it was. */
  meet(row: number, list: number): void {
    for (const column of [this.#list, this.#earlier, this.#later]) column.resize(row + 1);
    this.remove(row);
    const before = this.#latest[list]!;
    this.#list.data[row] = list;
    this.#earlier.data[row] = before;
    if (before === NONE) this.#oldest[list] = row;
    else this.#later.data[before] = row;
    this.#latest[list] = row;
  }

  /** A row that is in no list stays so. */
  remove(row: number): void {
    const list = row < this.#list.length ? this.#list.data[row]! : NONE;
    if (list === NONE) return;
    const earlier = this.#earlier.data[row]!;
    const later = this.#later.data[row]!;
    if (earlier === NONE) this.#oldest[list] = later;
    else this.#later.data[earlier] = later;
    if (later === NONE) this.#latest[list] = earlier;
    else this.#earlier.data[later] = earlier;
    for (const column of [this.#list, this.#earlier, this.#later]) column.reset(row);
  }

  save(out: SnapshotWriter): void {
    for (const [name, column] of this.#columns()) column.save(out, `${this.#section}.${name}`);
    out.array(`${this.#section}.ends`, Int32Array.of(...this.#oldest, ...this.#latest));
  }

  load(from: SnapshotReader): void {
    for (const [name, column] of this.#columns()) column.load(from, `${this.#section}.${name}`);
    const ends = from.array(`${this.#section}.ends`, Int32Array);
    const lists = ends.length / 2;
    this.#oldest = ends.slice(0, lists);
    this.#latest = ends.slice(lists);
  }

  #columns() {
    return [
      ['list', this.#list],
      ['earlier', this.#earlier],
      ['later', this.#later],
    ] as const;
  }
}
