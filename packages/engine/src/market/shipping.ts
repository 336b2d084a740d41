/**
 * Where listings are sent to: countries in interned sets, one number a listing (0: everywhere). What a country's buyers can have is a
 * byte a set, made when the country first asks and kept: a decision looks up two numbers a candidate, and nothing where every
 * listing is sent everywhere.
 */
import { int32Column } from '../base/column.ts';
import { Interner } from '../base/interner.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';

const EVERYWHERE = '';
const SEPARATOR = '\u0000';
/** Countries kept; more are made up by somebody. */
const KEPT_MAX = 1_000;

export class Shipping implements Part {
  /** Each country followed by a separator, in order; a separator before them all, so that no set is everywhere. */
  readonly #sets = new Interner('shipping.sets');
  readonly setOf = int32Column(); // [listings]
  #kept = new Map<string, Uint8Array>(); // [sets] by country
  #keptSets = 0;

  constructor() {
    this.#sets.intern(EVERYWHERE);
  }

  put(listing: number, countries: readonly string[] | undefined): void {
    this.setOf.resize(listing + 1);
    this.setOf.data[listing] = countries === undefined ? 0 : this.#sets.intern(nameOf(countries));
  }

  /** Which sets hold the country, 1 for yes; undefined where all are sent everywhere. [sets] */
  to(country: string): Uint8Array | undefined {
    if (this.#sets.size === 1) return undefined;
    if (this.#keptSets !== this.#sets.size || this.#kept.size > KEPT_MAX) {
      this.#kept = new Map();
      this.#keptSets = this.#sets.size;
    }
    let holds = this.#kept.get(country);
    if (holds === undefined) {
      const part = `${SEPARATOR}${country}${SEPARATOR}`;
      holds = Uint8Array.from({ length: this.#sets.size }, (_, set) =>
        set === 0 || this.#sets.text(set).includes(part) ? 1 : 0,
      );
      this.#kept.set(country, holds);
    }
    return holds;
  }

  /** Whether the listing is sent to where `to` was asked for. */
  reaches(listing: number, holds: Uint8Array | undefined): boolean {
    return holds === undefined || holds[this.setOf.data[listing]!] === 1;
  }

  save(out: SnapshotWriter): void {
    this.#sets.save(out);
    this.setOf.save(out, 'shipping.set-of');
  }

  load(from: SnapshotReader): void {
    this.#sets.load(from);
    this.setOf.load(from, 'shipping.set-of');
  }
}

/** Ids of countries hold no control characters. */
const nameOf = (countries: readonly string[]): string =>
  `${SEPARATOR}${[...new Set(countries)].sort().join(SEPARATOR)}${SEPARATOR}`;
