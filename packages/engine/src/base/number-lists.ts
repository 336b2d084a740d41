/** A list of numbers for each of the few rows that have one: saved in the order in which rows came, so equal states have equal bytes. */
import { int32Column } from './column.ts';
import type { SnapshotReader, SnapshotWriter } from './snapshot.ts';

const NONE: readonly number[] = [];

export class NumberLists {
  readonly #lists = new Map<number, number[]>();

  get(row: number): readonly number[] {
    return this.#lists.get(row) ?? NONE;
  }

  /** For writing: made empty if new. */
  own(row: number): number[] {
    const known = this.#lists.get(row);
    if (known) return known;
    const list: number[] = [];
    this.#lists.set(row, list);
    return list;
  }

  rows(): IterableIterator<number> {
    return this.#lists.keys();
  }

  delete(row: number): void {
    this.#lists.delete(row);
  }

  save(out: SnapshotWriter, name: string): void {
    const rows = int32Column();
    const lengths = int32Column();
    let total = 0;
    for (const [row, list] of this.#lists) {
      rows.push(row);
      lengths.push(list.length);
      total += list.length;
    }
    const values = new Float64Array(total);
    let at = 0;
    for (const list of this.#lists.values()) {
      values.set(list, at);
      at += list.length;
    }
    rows.save(out, `${name}.rows`);
    lengths.save(out, `${name}.lengths`);
    out.array(`${name}.values`, values);
  }

  load(from: SnapshotReader, name: string): void {
    const rows = from.array(`${name}.rows`, Int32Array);
    const lengths = from.array(`${name}.lengths`, Int32Array);
    const values = from.array(`${name}.values`, Float64Array);
    let at = 0;
    rows.forEach((row, i) => {
      this.#lists.set(row, Array.from(values.subarray(at, at + lengths[i]!)));
      at += lengths[i]!;
    });
  }
}
