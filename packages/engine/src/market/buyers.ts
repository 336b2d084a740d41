/**
 * Buyers in columns. A buyer is whoever can be told apart: a signed-in buyer, else a session (an anonymous device), else,
 * for a purchase that names neither, its order. Rows of forgotten buyers are given out again.
 */
import { float64Column, int32Column, uint32Column } from '../base/column.ts';
import { hash32 } from '../base/hash.ts';
import { Interner } from '../base/interner.ts';
import { KeyTable } from '../base/key-table.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import type { Millis } from '../base/units.ts';
import { LastSeen } from './last-seen.ts';

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

/** Whether the key is that of a session or of an order without a buyer. */
export const isAnonymous = (key: string): boolean => key.charCodeAt(0) <= 2;

export class Buyers implements Part {
  readonly keys = new KeyTable('buyers.keys');
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
  /** By the log's time. */
  readonly lastSeen = new LastSeen('buyers');

  get size(): number {
    return this.keys.size;
  }

  /** The row of the buyer, made if new, who was heard of at `at`. */
  put(key: string, at: Millis): number {
    const known = this.keys.size;
    const row = this.keys.intern(key);
    if (this.keys.size === known) {
      this.lastSeen.note(row, at);
      return row;
    }
    if (row === this.orders.length) for (const [, column] of this.#columns()) column.resize(row + 1);
    this.lastSeen.begin(row, isAnonymous(key), at);
    return row;
  }

  /** The row of a buyer who was heard of at `at`, or -1. */
  meet(key: string, at: Millis): number {
    const row = this.keys.find(key);
    if (row >= 0) this.lastSeen.note(row, at);
    return row;
  }

  /** Nobody finds the buyer any more; the row is nobody else's before `release`. */
  remove(row: number): void {
    if (this.lastSeen.isLeaving(row)) return;
    this.keys.remove(row);
    this.lastSeen.leave(row);
  }

  /** The row of a removed buyer may be given out again, as if it were new. */
  release(row: number): void {
    for (const [, column] of this.#columns()) column.reset(row);
    this.lastSeen.end(row);
    this.keys.release(row);
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
    this.lastSeen.save(out);
    for (const [name, column] of this.#columns()) column.save(out, name);
  }

  load(from: SnapshotReader): void {
    this.keys.load(from);
    this.countries.load(from);
    this.lastSeen.load(from);
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
