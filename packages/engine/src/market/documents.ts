/** Entities that are kept whole and found by id: shops, placements, reviews, settings. */
import { BytePool } from '../base/byte-pool.ts';
import { Interner } from '../base/interner.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';

export class Documents<T extends object> implements Part {
  readonly ids: Interner;
  readonly #pool = new BytePool();
  readonly #section: string;
  /** Parsed documents by row, where they are few and asked for at every decision. */
  readonly #parsed: T[] | null;

  constructor(section: string, options: { readonly keepParsed?: boolean } = {}) {
    this.#section = section;
    this.#parsed = options.keepParsed ? [] : null;
    this.ids = new Interner(`${section}.ids`);
  }

  get size(): number {
    return this.ids.size;
  }

  put(id: string, document: T): number {
    const row = this.ids.intern(id);
    this.#pool.set(row, document);
    if (this.#parsed) this.#parsed[row] = document;
    return row;
  }

  get(id: string): T | undefined {
    const row = this.ids.find(id);
    return row < 0 ? undefined : this.at(row);
  }

  at(row: number): T {
    return this.#parsed ? this.#parsed[row]! : this.#pool.get<T>(row);
  }

  save(out: SnapshotWriter): void {
    this.ids.save(out);
    this.#pool.save(out, this.#section);
  }

  load(from: SnapshotReader): void {
    this.ids.load(from);
    this.#pool.load(from, this.#section);
    if (this.#parsed) for (let row = 0; row < this.size; row++) this.#parsed[row] = this.#pool.get<T>(row);
  }
}
