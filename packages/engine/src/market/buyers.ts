/**
 * Buyers in columns. A buyer is whoever can be told apart: a signed-in buyer, else a session (an anonymous device), else,
 * for a purchase that names neither, its order.
 */
import { float64Column, int32Column, uint32Column } from '../base/column.ts';
import { hash32 } from '../base/hash.ts';
import { Interner } from '../base/interner.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';

/** Countries that are told apart, in whatever spelling they came first. Web pages name them, and counts are kept of each. */
const COUNTRIES_MAX = 1_000;

/** The key under which a buyer is interned; `undefined` where nobody can be told apart. Ids hold no control characters, so keys never meet. */
export function buyerKey(who: {
  readonly buyer?: string;
  readonly session?: string;
  readonly order?: string;
}): string | undefined {
  if (who.buyer !== undefined) return who.buyer;
  if (who.session !== undefined) return `\u0001${who.session}`;
  return who.order === undefined ? undefined : `\u0002${who.order}`;
}

export class Buyers implements Part {
  readonly keys = new Interner('buyers.keys');
  readonly countries = new Interner('buyers.countries');

  // Columns, all [buyers].
  readonly orders = int32Column();
  readonly lines = int32Column();
  /** Lines of listings that the buyer had bought before. */
  readonly repeatLines = int32Column();
  /** Of all pieces bought: what the mean price comes from. */
  readonly spentMicros = float64Column();
  readonly pieces = float64Column();
  readonly lastOrderAt = float64Column();
  readonly country = int32Column(-1);
  readonly #lastOrder = uint32Column();

  get size(): number {
    return this.keys.size;
  }

  /** The row of the buyer, made if new. */
  put(key: string): number {
    const row = this.keys.intern(key);
    if (row === this.orders.length) for (const [, column] of this.#columns()) column.resize(row + 1);
    return row;
  }

  /** Of a country beyond those that are told apart nothing is known. */
  setCountry(row: number, country: string): void {
    const { countries } = this;
    const known = countries.size < COUNTRIES_MAX ? countries.intern(country) : countries.find(country);
    if (known >= 0) this.country.data[row] = known;
  }

  /** Counts a line of an order; a line of another order than the line before opens a new order. Returns which order of the buyer it is, from 1. */
  countLine(row: number, line: { order: string; at: number; quantity: number; priceMicros: number }): number {
    // Zero marks "no order yet", so a hash is never zero.
    const order = hash32(line.order) || 1;
    if (this.#lastOrder.data[row] !== order) {
      this.#lastOrder.data[row] = order;
      this.orders.data[row]!++;
    }
    this.lines.data[row]!++;
    this.pieces.data[row]! += line.quantity;
    this.spentMicros.data[row]! += line.quantity * line.priceMicros;
    this.lastOrderAt.data[row] = Math.max(this.lastOrderAt.data[row]!, line.at);
    return this.orders.data[row]!;
  }

  save(out: SnapshotWriter): void {
    this.keys.save(out);
    this.countries.save(out);
    for (const [name, column] of this.#columns()) column.save(out, name);
  }

  load(from: SnapshotReader): void {
    this.keys.load(from);
    this.countries.load(from);
    for (const [name, column] of this.#columns()) column.load(from, name);
  }

  #columns() {
    return [
      ['buyers.orders', this.orders],
      ['buyers.lines', this.lines],
      ['buyers.repeat-lines', this.repeatLines],
      ['buyers.spent', this.spentMicros],
      ['buyers.pieces', this.pieces],
      ['buyers.last-order-at', this.lastOrderAt],
      ['buyers.country', this.country],
      ['buyers.last-order', this.#lastOrder],
    ] as const;
  }
}
